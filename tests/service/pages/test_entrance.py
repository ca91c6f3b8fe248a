"""Signing in and out, and who is kept outside."""

import re

import httpx
import pytest

from service.pages.assets import asset
from service.sessions import COOKIE, safe_next
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger.tokens import hashed
from tests.service.pages.conftest import Browse


def test_who_is_not_signed_in_is_led_to_the_login_and_then_back(browse: Browse, token: str) -> None:
    browser = browse(None)
    asked = browser.get("/me", params={"a": "1"})
    assert asked.url.path == "/login"
    onwards = re.search(r'name="next" value="([^"]+)"', asked.text)
    assert onwards is not None
    assert onwards[1] == "/me?a=1"
    assert browser.post("/login", data={"token": f" {token}\n", "next": onwards[1]}).url.path == "/me"
    assert browser.get("/login").url.path == "/sweeps", "who is signed in already needs no login"


def test_a_program_that_asks_for_the_address_alone_is_told_where_to_go_on(address: str, browse: Browse) -> None:
    told = httpx.get(address).json()
    assert (told["name"], told["api"], told["docs"]) == ("npsweep", f"{address}/api/v1", f"{address}/docs")
    assert httpx.get(told["openapi"]).status_code == httpx.get(told["health"]).status_code == 200
    assert browse(None).get("/").url.path == "/login"


def test_a_wrong_token_is_refused_with_what_to_do(browse: Browse) -> None:
    browser = browse(None)
    for given, said in (("", "empty"), ("secret", "begins with nps_"), ("nps_ü", "unknown"), ("nps_x", "unknown")):
        answer = browser.post("/login", data={"token": given})
        assert answer.status_code == 401
        assert said in answer.text
        assert COOKIE not in browser.cookies


def test_a_script_is_told_that_the_session_has_ended(browse: Browse) -> None:
    answer = browse(None).get("/me", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:npsweep:problem:not-authenticated")


def test_the_session_is_out_of_reach_for_scripts_and_the_ledger_keeps_no_secret(
    address: str, token: str, ledger: Ledger
) -> None:
    with httpx.Client(base_url=address, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        answer = client.post("/login", data={"token": token})
        cookie = answer.headers["set-cookie"]
        assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
        assert token not in cookie
        secret = client.cookies[COOKIE]
        found = ledger.sessions.caller(secret)
        assert found is not None
        assert found.user == "admin"
        assert ledger.sessions.caller(hashed(secret)) is None


def test_signing_out_ends_the_session_itself(browser: httpx.Client, ledger: Ledger) -> None:
    secret = browser.cookies[COOKIE]
    assert browser.post("/logout").url.path == "/login"
    assert COOKIE not in browser.cookies
    assert ledger.sessions.caller(secret) is None


def test_a_form_of_another_site_does_nothing(browser: httpx.Client, ledger: Ledger) -> None:
    secret = browser.cookies[COOKIE]
    del browser.headers["Sec-Fetch-Site"]
    foreign: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": str(browser.base_url).rstrip("/")},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {},
    ]
    for headers in foreign:
        assert browser.post("/logout", headers=headers).status_code == 403
        assert ledger.sessions.caller(secret) is not None


def test_a_form_of_our_own_page_is_taken_from_a_browser_that_says_the_origin_alone(
    browser: httpx.Client, address: str, ledger: Ledger
) -> None:
    secret = browser.cookies[COOKIE]
    del browser.headers["Sec-Fetch-Site"]
    browser.post("/logout", headers={"Origin": address})
    assert ledger.sessions.caller(secret) is None


@pytest.mark.parametrize(
    "address",
    ["https://evil.example", "//evil.example/x", "/\\evil.example", "javascript:alert(1)", "/login", "", "/a\nb", "x"],
)
def test_no_address_leads_away_from_here(address: str) -> None:
    assert safe_next(address) == "/sweeps"


class TestTooManyFailures:
    @pytest.fixture
    def settings(self, settings: ServiceSettings) -> ServiceSettings:
        return settings.model_copy(update={"failures_per_second": 0.001, "failures_burst": 2.0})

    def test_trying_tokens_is_slowed_down_and_who_is_signed_in_is_not_held_up(
        self, browse: Browse, browser: httpx.Client
    ) -> None:
        assert browser.get("/me").status_code == 200
        stranger = browse(None)
        tried = [stranger.post("/login", data={"token": "nps_x"}) for _ in range(3)]
        assert [answer.status_code for answer in tried] == [401, 401, 429]
        assert "Slow down" in tried[-1].text
        assert "retry-after" in tried[-1].headers
        assert browser.get("/me").status_code == 200

    def test_nobody_is_kept_from_signing_in_by_others_failures_at_the_same_address(
        self, browse: Browse, token: str
    ) -> None:
        stranger, late = browse(None), browse(None)
        for _ in range(4):
            stranger.post("/login", data={"token": "nps_x"})
        assert late.get("/login").status_code == 200
        assert late.post("/login", data={"token": token}).url.path == "/sweeps"
        assert late.get("/me").status_code == 200


def test_signing_in_again_ends_the_browsers_earlier_session(browser: httpx.Client, token: str, ledger: Ledger) -> None:
    earlier = browser.cookies[COOKIE]
    browser.post("/login", data={"token": token})
    assert ledger.sessions.caller(earlier) is None
    assert browser.get("/me").status_code == 200


def test_a_token_that_signs_in_without_end_is_told_to_wait(browse: Browse, token: str) -> None:
    browser = browse(None)
    browser.follow_redirects = False
    statuses = [browser.post("/login", data={"token": token}).status_code for _ in range(40)]
    assert (statuses[0], statuses[-1]) == (303, 429)
    assert browser.get("/me").status_code == 200, "who is signed in stays so"


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(
    browser: httpx.Client, api: httpx.Client, browse: Browse
) -> None:
    shown = browser.get("/nowhere")
    assert shown.status_code == 404
    assert "There is no page at this address" in shown.text
    assert shown.headers["content-type"].startswith("text/html")
    assert browse(None).delete("/metrics", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 401
    for told in (api.get("/nowhere"), browser.get("/api/v1/sweeps/9", headers={"Authorization": "x"})):
        assert told.headers["content-type"] == "application/problem+json"


def test_a_page_runs_no_script_but_ours_and_is_framed_by_nobody(browser: httpx.Client) -> None:
    for answer in (browser.get("/me"), browser.get("/login"), browser.get("/nowhere")):
        policy = {name: rest for name, _, rest in (p.strip().partition(" ") for p in _policy(answer).split(";"))}
        assert policy["default-src"] == "'self'"
        assert "script-src" not in policy
        assert policy["frame-ancestors"] == "'none'"
        assert not re.search(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))|\son\w+=|javascript:", answer.text)


def _policy(answer: httpx.Response) -> str:
    return answer.headers["content-security-policy"]


def test_assets_are_kept_for_good_under_their_version_alone(browser: httpx.Client) -> None:
    kept = browser.get(asset("times.js"))
    assert kept.headers["content-type"].startswith("text/javascript")
    assert "immutable" in kept.headers["cache-control"]
    assert browser.get("/static/older/times.js").headers["cache-control"] == "no-cache"
    assert browser.get("/static/older/..%2ftemplating.py").status_code == 404


def test_signing_in_and_out_is_in_the_audit_log(browser: httpx.Client, api: httpx.Client) -> None:
    browser.post("/logout")
    assert [entry["action"] for entry in api.get("/api/v1/audit").json()["items"]] == ["log_out", "log_in"]
