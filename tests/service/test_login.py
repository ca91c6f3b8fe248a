"""Logging in, profiles, and which service the command line talks to."""

import io
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service.app import create_app
from service.cli import main
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command with a settings folder of the test's own, and nothing of ours in the environment."""
    for name in [name for name in os.environ if name.startswith("NPSWEEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def called(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(exit.value.code or 0), captured.out, captured.err

    return called


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "npsweep" / "profiles.json"


@pytest.fixture
def elsewhere(tmp_path: Path, cluster: MemoryCluster) -> Iterator[tuple[str, str]]:
    """Another service, with its token."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    settings = ServiceSettings(
        ledger_url=f"sqlite:///{folder / 'ledger.db'}", storage=folder, datasets=folder, reconciler_interval=3600.0
    )
    ledger = Ledger(settings.ledger_url)
    ledger.migrate()
    token = ledger.accounts.add_team("vision", "ada")
    ledger.close()
    with served(lambda closing: create_app(settings, cluster, closing)) as address:
        yield address, token


def test_a_login_is_checked_and_kept_for_the_commands_that_follow(
    run: Run, address: str, token: str, file: Path
) -> None:
    code, out, err = run("login", "--url", f"{address}/", "--token", token)
    assert (code, f"logged in to {address} as admin (operator and admin of team default)" in out) == (0, True)
    assert token not in out + err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    code, out, _ = run("whoami")
    assert (code, "token 1 'first' of scope admin" in out) == (0, True)
    assert json.loads(run("list", "--json")[1]) == []


def test_a_file_that_others_could_read_is_closed_by_the_next_login(
    run: Run, address: str, token: str, file: Path
) -> None:
    run("login", "--url", address, "--token", token)
    file.chmod(0o644)
    run("login", "--url", address, "--token", token, "--profile", "again")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_address_and_the_token_are_asked_for_and_the_token_is_not_shown(
    address: str, token: str, tmp_path: Path, file: Path
) -> None:
    environment = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "from service.cli import main; main(['login'])"],
        input=f"{address}\n{token}\n",
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        start_new_session=True,  # without a terminal to ask on
    )
    assert (answer.returncode, "logged in to" in answer.stdout) == (0, True), answer.stderr
    assert token not in answer.stdout + answer.stderr
    assert json.loads(file.read_text())["default"] == {"url": address, "token": token}


def test_a_token_can_come_through_a_pipe(
    run: Run, address: str, token: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
    assert run("login", "--url", address)[0] == 0
    assert json.loads(file.read_text())["default"] == {"url": address, "token": token}
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, err = run("login", "--url", address)
    assert (code, "there is no token" in err) == (2, True)


def test_what_answers_and_is_no_npsweep_is_told_from_one_that_refuses(run: Run, file: Path) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}" if "sweeps" in self.path else b"<h1>It works!</h1>")

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = ("--url", f"http://127.0.0.1:{server.server_port}", "--token", "nps_some")
        for command in (("login",), ("list",)):
            code, _, err = run(*command, *there)
            assert (code, "is no npsweep service" in err, "alid" in err) == (3, True, False)
        server.shutdown()
    assert not file.exists()


def test_a_login_that_is_refused_is_not_kept(run: Run, address: str, file: Path) -> None:
    code, _, err = run("login", "--url", address, "--token", "nps_wrong")
    assert (code, "unknown, revoked or has expired" in err, "nps_wrong" in err) == (1, True, False)
    code, _, err = run("login", "--url", "http://127.0.0.1:9", "--token", "nps_wrong")
    assert (code, "nothing answers" in err) == (3, True)
    assert run("login", "--url", "lab.example.org", "--token", "nps_wrong")[0] == 2
    assert not file.exists()


def test_profiles_are_chosen_by_option_or_environment_and_listed_without_tokens(
    run: Run, address: str, token: str, elsewhere: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("login", "--url", address, "--token", token)
    run("login", "--url", elsewhere[0], "--token", elsewhere[1], "--profile", "lab")
    assert "team default" in run("whoami")[1]
    assert "team vision" in run("--profile", "lab", "whoami")[1]
    monkeypatch.setenv("NPSWEEP_PROFILE", "lab")
    assert "team vision" in run("whoami")[1]
    assert "team default" in run("--profile", "default", "whoami")[1]
    listed = run("profiles", "--json")[1]
    assert json.loads(listed) == [
        {"name": "default", "url": address, "is_used": False},
        {"name": "lab", "url": elsewhere[0], "is_used": True},
    ]
    assert "used here" in run("profiles")[1]
    assert "team default" in run("whoami", "--profile", "default")[1]
    assert '"name": "admin"' in run("team", "users", "--profile", "default", "--json")[1]
    assert not any(secret in listed for secret in (token, elsewhere[1]))
    code, _, err = run("logout", "nope")
    assert (code, "there is no profile 'nope'; there are default, lab" in err) == (2, True)
    assert run("logout", "lab")[0] == 0
    code, _, err = run("whoami")
    assert (code, "there is no profile 'lab', there are default" in err) == (3, True)


def test_options_go_before_the_environment_and_the_environment_before_a_profile(
    run: Run, address: str, token: str, elsewhere: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("login", "--url", address, "--token", token, "--profile", "here")
    monkeypatch.setenv("NPSWEEP_PROFILE", "here")
    monkeypatch.setenv("NPSWEEP_URL", elsewhere[0])
    monkeypatch.setenv("NPSWEEP_TOKEN", elsewhere[1])
    assert "team vision" in run("whoami")[1]
    assert "team default" in run("--profile", "here", "whoami")[1]
    assert "team default" in run("whoami", "--url", address, "--token", token)[1]
    assert "team default" in run("--url", address, "--token", token, "whoami")[1]
    assert "team default" in run("whoami", "--profile", "here")[1]
    monkeypatch.delenv("NPSWEEP_URL")
    assert "team vision" in run("--url", address, "whoami", "--url", elsewhere[0])[1]


@pytest.mark.parametrize("belongs", ["to NPSWEEP_URL", "to a profile", "to the local stack"])
@pytest.mark.parametrize("command", ["whoami", "login"])
def test_a_token_of_the_environment_goes_to_no_other_address(
    belongs: str,
    command: str,
    run: Run,
    address: str,
    token: str,
    elsewhere: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if belongs == "to NPSWEEP_URL":
        monkeypatch.setenv("NPSWEEP_URL", address)
    elif belongs == "to a profile":
        run("login", "--url", address, "--token", token, "--profile", "here")
    else:
        keep_stack(tmp_path / ".npsweep", address, token)
    monkeypatch.setenv("NPSWEEP_TOKEN", token)
    code, out, err = run(command, "--url", elsewhere[0])
    assert (code, f"NPSWEEP_TOKEN is the token of {address}, so it is not sent to {elsewhere[0]}" in err) == (1, True)
    assert token not in out + err
    assert "team default" in run("whoami", "--url", address.replace("127.0.0.1", "localhost"))[1]
    assert "team vision" in run("whoami", "--url", elsewhere[0], "--token", elsewhere[1])[1]


def test_a_token_of_the_environment_of_which_nothing_is_known_goes_where_it_is_sent(
    run: Run, address: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPSWEEP_TOKEN", token)
    assert "team default" in run("whoami", "--url", address)[1]


def keep_stack(folder: Path, address: str, token: str) -> None:
    """As `npsweep up` leaves a data folder."""
    (folder / "run").mkdir(parents=True)
    (folder / "run" / "stack.json").write_text(json.dumps({"ports": {"api": int(address.rsplit(":", 1)[1])}}))
    (folder / "run" / "token").write_text(token)


def test_a_profiles_token_goes_to_its_own_address_alone(
    run: Run, address: str, token: str, elsewhere: tuple[str, str]
) -> None:
    run("login", "--url", address, "--token", token)
    code, _, err = run("whoami", "--url", elsewhere[0])
    assert (code, f"there is no token for {elsewhere[0]}" in err) == (3, True)
    assert run("whoami", "--url", address)[0] == 0


def test_a_profile_goes_before_the_local_stack_and_a_named_data_folder_before_the_default_profile(
    run: Run, address: str, token: str, elsewhere: tuple[str, str], tmp_path: Path
) -> None:
    for name in (".npsweep", "other"):
        keep_stack(tmp_path / name, *elsewhere)
    assert "team vision" in run("whoami")[1]
    run("login", "--url", address, "--token", token)
    assert "team default" in run("whoami")[1]
    assert "team vision" in run("whoami", "--data-dir", tmp_path / "other")[1]


@pytest.mark.parametrize("text", ["{", "[1]", '{"default": {"url": 1}}', '{"default": 1}'])
def test_a_damaged_profile_file_is_explained(text: str, run: Run, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)
    code, _, err = run("whoami")
    assert (code, f"{file} cannot be read" in err) == (1, True)


@pytest.mark.parametrize(("words", "completed"), [("npsweep tok", "tokens"), ("npsweep --profile l", "lab")])
def test_a_shell_can_complete_commands_and_profiles(
    words: str, completed: str, run: Run, address: str, token: str
) -> None:
    run("login", "--url", address, "--token", token, "--profile", "lab")
    assert "--install-completion" in run("--help")[1]
    completing = {"_NPSWEEP_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    answer = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'npsweep'; from service.cli import main; main()"],
        env=os.environ | completing,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert answer.stdout.split() == [completed], answer.stderr
