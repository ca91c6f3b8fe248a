"""The team's page."""

import re

import httpx
import pytest

from service.sessions import COOKIE
from sweeps.ledger import Ledger
from sweeps.roles import Role, Scope
from tests.service.pages.conftest import Browse


def secret_on(page: str) -> str:
    found = re.search(r'value="(nps_[\w-]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def ada(ledger: Ledger, token: str) -> str:
    """A member's token."""
    assert token
    return ledger.users.add(1, "ada", Role.MEMBER)[1].secret


def test_a_token_is_shown_once_works_and_can_be_revoked(browser: httpx.Client, ledger: Ledger) -> None:
    made = browser.post("/team/tokens", data={"name": " laptop ", "scope": "read", "days": "3"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    secret = secret_on(made.text)
    shown = browser.get("/team").text
    assert ("laptop" in shown, secret in shown, secret[:8] in shown) == (True, False, True)
    caller = ledger.accounts.caller(secret)
    assert caller is not None
    assert caller.scope is Scope.READ
    assert browser.post(f"/team/tokens/{caller.token_id}/revoke").status_code == 200
    assert ledger.accounts.caller(secret) is None
    assert secret[:8] not in browser.get("/team").text


def test_a_token_that_cannot_be_made_is_refused_on_the_page(browser: httpx.Client) -> None:
    for changes, said in (
        ({"name": ""}, "name is too short"),
        ({"name": "<b>"}, "letters, digits"),
        ({"scope": "all"}, "scope is none of"),
        ({"days": "1.5"}, "days is no whole number"),
        ({"days": "9" * 5_000}, "days is no whole number"),
    ):
        answer = browser.post("/team/tokens", data={"name": "a", "scope": "read"} | changes)
        assert answer.status_code == 422
        assert said in answer.text
        assert "<b>" not in answer.text


def test_who_revokes_the_token_of_the_session_is_signed_out(browser: httpx.Client, ledger: Ledger) -> None:
    caller = ledger.sessions.caller(browser.cookies[COOKIE])
    assert caller is not None
    ledger.accounts.new_token("admin", "another")
    assert browser.post(f"/team/tokens/{caller.token_id}/revoke").url.path == "/login"


def test_an_admin_adds_changes_and_deactivates_users(browser: httpx.Client, browse: Browse, ledger: Ledger) -> None:
    secret = secret_on(browser.post("/team/users", data={"name": "bea", "role": "viewer"}).text)
    bea = browse(secret)
    assert bea.get("/team").status_code == 200
    caller = ledger.accounts.caller(secret)
    assert caller is not None
    browser.post(f"/team/users/{caller.user_id}", data={"role": "member"})
    assert ledger.users.get(caller.user_id, 1).role is Role.MEMBER
    browser.post(f"/team/users/{caller.user_id}", data={"is_active": "false"})
    assert bea.get("/team").url.path == "/login"
    assert browser.post("/team/users", data={"name": "bea", "role": "viewer"}).status_code == 409
    last = browser.post("/team/users/1", data={"role": "member"})
    assert (last.status_code, "last active admin" in last.text) == (409, True)


def test_a_member_sees_no_button_for_admins_and_can_do_nothing_with_them(
    browse: Browse, ada: str, ledger: Ledger, token: str
) -> None:
    browser = browse(ada)
    shown = browser.get("/team").text
    assert ("Add user" in shown, "Deactivate" in shown, "Those of everyone" in shown) == (False, False, False)
    assert "Make token" in shown
    admins = ledger.accounts.caller(token)
    assert admins is not None
    refused = [
        browser.get("/team", params={"everyone": "true"}),
        browser.post("/team/users", data={"name": "eve", "role": "admin"}),
        browser.post("/team/users/1", data={"is_active": "false"}),
        browser.post(f"/team/tokens/{admins.token_id}/revoke"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert ledger.accounts.caller(token) == admins
    assert len(ledger.users.page(1, 10)) == 2


def test_a_session_of_a_token_that_reads_makes_no_token(browse: Browse, ledger: Ledger, token: str) -> None:
    assert token
    browser = browse(ledger.tokens.add(1, "reads", Scope.READ).secret)
    assert "Make token" not in browser.get("/team").text
    answer = browser.post("/team/tokens", data={"name": "more", "scope": "write"})
    assert (answer.status_code, "scope is read" in answer.text) == (403, True)


def test_another_teams_users_and_tokens_are_out_of_reach(browser: httpx.Client, ledger: Ledger) -> None:
    secret = ledger.accounts.add_team("others", "unmistakable")
    eve = ledger.accounts.caller(secret)
    assert eve is not None
    assert browser.post(f"/team/users/{eve.user_id}", data={"is_active": "false"}).status_code == 404
    assert browser.post(f"/team/tokens/{eve.token_id}/revoke").status_code == 404
    assert "unmistakable" not in browser.get("/team", params={"everyone": "true"}).text
    assert ledger.accounts.caller(secret) is not None


def test_quotas_and_use_are_shown(browser: httpx.Client, ledger: Ledger) -> None:
    ledger.teams.change(1, {"max_lanes": 4, "max_device_hours": 250.0})
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.get("/team").text))
    assert "Lanes at once 4" in text
    assert "Queued sweeps no limit" in text
    assert "0 of 250" in text


def test_changes_of_people_are_in_the_audit_log_by_the_apis_names(browser: httpx.Client, api: httpx.Client) -> None:
    browser.post("/team/users", data={"name": "bea", "role": "viewer"})
    browser.post("/team/users/2", data={"role": "member"})
    browser.post("/team/tokens", data={"name": "laptop", "scope": "read"})
    entries = api.get("/api/v1/audit").json()["items"]
    assert [one["action"] for one in entries] == ["create_token", "change_user", "create_user", "log_in"]
    assert {one["target"] for one in entries[:3]} == {"/team/tokens", "/team/users/2", "/team/users"}
