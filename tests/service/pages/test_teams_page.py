"""The page of all teams."""

import httpx

from sweeps.ledger import Ledger
from sweeps.roles import Scope
from tests.service.pages.conftest import Browse
from tests.service.pages.test_team_page import secret_on

UNLIMITED = {"weight": "1", "max_lanes": "", "max_queued": "", "max_device_hours": ""}


def test_an_operator_sets_and_lifts_the_quotas_of_every_team(
    browser: httpx.Client, api: httpx.Client, ledger: Ledger
) -> None:
    ledger.accounts.add_team("vision", "ada")
    assert 'href="/teams"' in browser.get("/team").text
    assert "vision" in browser.get("/teams").text
    wanted = {"weight": "2.5", "max_lanes": "4", "max_queued": "0", "max_device_hours": "1234.5"}
    shown = browser.post("/teams/2", data=wanted)
    assert (shown.status_code, shown.url.path) == (200, "/teams")
    team = ledger.teams.get(2)
    assert (team.weight, team.max_lanes, team.max_queued, team.max_device_hours) == (2.5, 4, 0, 1234.5)
    assert all(f'value="{value}"' in shown.text for value in wanted.values())
    browser.post("/teams/2", data=UNLIMITED)
    assert (ledger.teams.get(2).max_lanes, ledger.teams.get(2).max_device_hours) == (None, None)
    assert api.get("/api/v1/audit").json()["items"][0]["action"] == "change_team"


def test_what_is_no_quota_is_refused_on_the_page(browser: httpx.Client) -> None:
    for changes, said in (
        ({"weight": ""}, "weight"),
        ({"weight": "heavy"}, "weight is no number"),
        ({"max_lanes": "2.5"}, "max_lanes is no whole number"),
        ({"max_lanes": "9" * 5_000}, "max_lanes is no whole number"),
        ({"max_device_hours": "nan"}, "max_device_hours is not finite"),
        ({"max_device_hours": "-1"}, "max_device_hours must be"),
    ):
        answer = browser.post("/teams/1", data=UNLIMITED | changes)
        assert (answer.status_code, f"default: {said}" in answer.text) == (422, True), said


def test_a_new_teams_admin_gets_a_token_that_is_shown_once(browser: httpx.Client, ledger: Ledger) -> None:
    made = browser.post("/teams", data={"name": " vision ", "admin": "ada"})
    assert (made.status_code, 'href="/teams">I have copied it' in made.text) == (201, True)
    caller = ledger.accounts.caller(secret_on(made.text))
    assert caller is not None
    assert (caller.team, caller.user, caller.is_operator) == ("vision", "ada", False)
    again = browser.post("/teams", data={"name": "vision", "admin": "ada"})
    assert (again.status_code, "vision" in again.text, "<b>" in again.text) == (409, True, False)
    assert browser.post("/teams", data={"name": "<b>", "admin": ""}).status_code == 422


def test_nobody_else_sees_or_changes_other_teams(browse: Browse, ledger: Ledger, token: str) -> None:
    operator = ledger.accounts.caller(token)
    assert operator is not None
    narrow = ledger.tokens.add(operator.user_id, "narrow", Scope.WRITE).secret
    for secret in (ledger.accounts.add_team("vision", "ada"), narrow):
        someone = browse(secret)
        assert 'href="/teams"' not in someone.get("/team").text
        assert someone.get("/teams").status_code == 403
        assert someone.post("/teams/1", data=UNLIMITED | {"weight": "9"}).status_code == 403
        assert someone.post("/teams", data={"name": "more", "admin": "eve"}).status_code == 403
    assert ledger.teams.get(1).weight == 1.0
    assert browse(token).post("/teams/99", data=UNLIMITED).status_code == 404
