"""`npsweep tokens`, `team`, `teams` and `audit` against a served API."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from service.cli import main
from service.settings import ServiceSettings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(address: str, token: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command against the served API, as its administrator unless another token is given."""
    monkeypatch.setenv("NPSWEEP_URL", address)
    monkeypatch.setenv("COLUMNS", "200")

    def called(*arguments: object, by: str = token) -> tuple[int, str, str]:
        monkeypatch.setenv("NPSWEEP_TOKEN", by)
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(exit.value.code or 0), captured.out, captured.err

    return called


def test_a_new_token_is_all_that_is_printed_so_that_it_can_be_kept_in_a_variable(run: Run) -> None:
    code, out, err = run("tokens", "create", "laptop", "--scope", "read", "--days", 7)
    secret = out.strip()
    assert (code, secret.startswith("nps_"), out.count("\n")) == (0, True, 1)
    assert "scope read, until 20" in err
    assert secret not in err
    assert "viewer of team default" in run("whoami", by=secret)[1]
    listed = run("tokens", "list")[1]
    assert ("laptop" in listed, f"{secret[:8]}…" in listed, secret in listed) == (True, True, False)
    assert "token 2 'laptop' of admin is revoked" in run("tokens", "revoke", 2)[1]
    code, _, err = run("whoami", by=secret)
    assert (code, "unknown, revoked or has expired" in err) == (1, True)
    assert "laptop" not in run("tokens", "list")[1]
    assert "revoked" in run("tokens", "list", "--ended")[1]


def test_a_team_is_shown_and_its_users_looked_after_by_name(run: Run) -> None:
    shown = run("team")[1]
    assert ("default" in shown, "max lanes" in shown) == (True, True)
    code, out, err = run("team", "add-user", "ada", "--role", "viewer")
    ada = out.strip()
    assert (code, "ada is viewer of your team" in err) == (0, True)
    code, _, err = run("tokens", "create", "mine", "--scope", "admin", by=ada)
    assert code == 0
    code, _, err = run("team", "set-role", "admin", "viewer", by=ada)
    assert (code, "ada is a viewer of team default; an admin can do this" in err) == (1, True)
    assert "ada is member of your team" in run("team", "set-role", "ada", "member")[1]
    assert "ada is member of your team, deactivated" in run("team", "deactivate", "ada")[1]
    assert run("whoami", by=ada)[0] == 1
    listed = run("team", "users")[1]
    assert ("deactivated" in listed, "operator" in listed) == (True, True)
    assert run("team", "reactivate", "ada")[0] == 0
    assert run("whoami", by=ada)[0] == 0
    assert "robot" in run("tokens", "create", "robot", "--user", "ada")[2]
    assert "robot" in run("tokens", "list", "--user", "ada", by=ada)[1]
    code, _, err = run("team", "deactivate", "nobody")
    assert (code, "there is no user 'nobody' in your team" in err) == (2, True)


def test_who_has_lost_every_admin_token_gets_in_again_on_the_machine_of_the_ledger(
    run: Run, settings: ServiceSettings, tmp_path: Path
) -> None:
    code, _, err = run("tokens", "revoke", 1)
    assert (code, "make another with `npsweep tokens create NAME --scope admin`" in err) == (1, True)
    code, out, err = run("admin-token", "--data-dir", tmp_path)
    assert (code, f"kept in {tmp_path}/run/token" in err, (tmp_path / "run" / "token").read_text()) == (
        *(0, True),
        out.strip(),
    )
    assert "token 2 'recovered' of scope admin" in run("whoami", by=out.strip())[1]
    assert "recover_admin_token" in run("audit")[1]
    code, out, err = run("admin-token", "--ledger-url", settings.ledger_url, "--data-dir", tmp_path / "none")
    assert (code, out.startswith("nps_"), "kept" in err) == (0, True, False)
    code, _, err = run("admin-token", "--data-dir", tmp_path / "none")
    assert (code, "there is no ledger in" in err, (tmp_path / "none").exists()) == (1, True, False)
    code, _, err = run("admin-token", "--team", "vision", "--data-dir", tmp_path)
    assert (code, "there is no team 'vision'; there are: default" in err) == (1, True)


def test_an_operator_looks_after_teams_by_name(run: Run) -> None:
    code, out, err = run("teams", "create", "vision", "--admin", "ada", "--max-lanes", 4, "--weight", 2)
    assert (code, "team vision is there" in err) == (0, True)
    ada = out.strip()
    changed = json.loads(run("teams", "set", "vision", "--max-lanes", "none", "--max-device-hours", 1.5, "--json")[1])
    assert (changed["max_lanes"], changed["max_device_hours"], changed["weight"]) == (None, 1.5, 2.0)
    assert "vision" in run("teams", "list")[1]
    assert json.loads(run("team", "--json", by=ada)[1]) == changed
    code, _, err = run("teams", "list", by=ada)
    assert (code, "ada is no operator" in err) == (1, True)
    assert run("teams", "set", "vision", "--max-lanes", "many")[0] == 2
    assert run("teams", "set", "nowhere")[0] == 2
    run("team", "add-user", "bob")
    assert "bob is admin of your team and an operator" in run("team", "set-role", "bob", "admin", "--operator")[1]
    assert run("team", "set-role", "bob", "admin", "--no-operator")[1] == "bob is admin of your team\n"


def test_the_audit_log_says_who_did_what(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("team", "add-user", "ada")
    shown = run("audit")[1]
    assert all(
        word in shown for word in ("admin", "create_user", "/api/v1/users", "201", "id 2, name ada, role member")
    )
    run("team", "set-role", "ada", "viewer")
    monkeypatch.setenv("COLUMNS", "80")
    assert "".join(run("audit")[1].split()).count("role") == 2
    assert "…" not in run("audit")[1]
    assert run("audit", "--user", "ada", "--json")[1].strip() == "[]"
    assert len(json.loads(run("audit", "--action", "create_user", "--limit", 1, "--json")[1])) == 1


def test_every_account_command_speaks_json(run: Run, api: httpx.Client) -> None:
    assert json.loads(run("whoami", "--json")[1]) == api.get("/api/v1/me").json()
    made = json.loads(run("tokens", "create", "laptop", "--json")[1])
    assert made["token"].startswith("nps_")
    assert [one["name"] for one in json.loads(run("tokens", "list", "--json")[1])] == ["laptop", "first"]
    assert json.loads(run("tokens", "revoke", made["id"], "--json")[1])["revoked_at"]
    assert json.loads(run("team", "--json")[1])["name"] == "default"
    assert json.loads(run("team", "add-user", "ada", "--json")[1])["user"]["role"] == "member"
    assert json.loads(run("team", "set-role", "ada", "admin", "--json")[1])["role"] == "admin"
    assert [one["name"] for one in json.loads(run("team", "users", "--json")[1])] == ["admin", "ada"]
    assert json.loads(run("teams", "create", "vision", "--json")[1])["team"]["name"] == "vision"
    assert [one["name"] for one in json.loads(run("teams", "list", "--json")[1])] == ["default", "vision"]
    assert json.loads(run("audit", "--json")[1])[0]["action"] == "create_team"
