"""Teams, users, roles and tokens as a client meets them."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.roles import Scope
from tests.service.conftest import Document

PROBLEM = "urn:npsweep:problem:"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def make_user(api: httpx.Client, name: str, role: str) -> tuple[int, str]:
    """The id and the first token of a new user of the administrator's team."""
    answer = api.post("/api/v1/users", json={"name": name, "role": role})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return made["user"]["id"], made["token"]["token"]


def make_token(api: httpx.Client, **wanted: Any) -> tuple[int, str]:
    answer = api.post("/api/v1/tokens", json={"name": "made", **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["token"]


def test_me_says_who_calls_and_what_the_token_may_do(api: httpx.Client, token: str) -> None:
    me = api.get("/api/v1/me").json()
    assert (me["team"], me["user"], me["role"], me["is_operator"]) == ("default", "admin", "admin", True)
    assert (me["token"]["name"], me["token"]["scope"], me["token"]["hint"]) == ("first", "admin", token[:8])
    _, less = make_token(api, scope="read")
    me = api.get("/api/v1/me", headers=bearer(less)).json()
    assert (me["role"], me["is_operator"], me["token"]["scope"]) == ("viewer", False, "read")


def expected(role: str, method: str, path: str) -> int:
    """Who may do what, in one table: the answer to each role."""
    least = {
        ("GET", "/me"): ("viewer", 200),
        ("GET", "/team"): ("viewer", 200),
        ("GET", "/users"): ("viewer", 200),
        ("GET", "/tokens"): ("viewer", 200),
        ("GET", "/sweeps"): ("viewer", 200),
        ("GET", "/tokens?everyone=true"): ("admin", 200),
        ("GET", "/audit"): ("admin", 200),
        ("POST", "/sweeps"): ("member", 422),
        ("POST", "/users"): ("admin", 422),
        ("PATCH", "/users/{user}"): ("admin", 200),
        ("GET", "/teams"): ("operator", 200),
        ("POST", "/teams"): ("operator", 422),
        ("PATCH", "/teams/{team}"): ("operator", 200),
    }
    needed, status = least[method, path]
    order = ["viewer", "member", "admin", "operator"]
    return status if order.index(role) >= order.index(needed) else 403


@pytest.mark.parametrize("role", ["viewer", "member", "admin", "operator"])
@pytest.mark.parametrize("by", ["role", "scope"])
def test_each_role_does_what_it_may_and_nothing_else(role: str, by: str, api: httpx.Client, ledger: Ledger) -> None:
    if role == "operator":
        secret = api.headers["Authorization"].removeprefix("Bearer ")
    elif by == "role":
        _, secret = make_user(api, "someone", role)
    else:
        user, _ = make_user(api, "someone", "admin")
        scope = {"viewer": "read", "member": "write", "admin": "admin"}[role]
        _, secret = make_token(api, user=user, scope=scope)
    victim, _ = make_user(api, "victim", "viewer")
    requests: list[tuple[str, str]] = [
        *(("GET", path) for path in ("/me", "/team", "/users", "/tokens", "/sweeps", "/audit", "/teams")),
        *(("POST", path) for path in ("/sweeps", "/users", "/teams")),
        *(("GET", "/tokens?everyone=true"), ("PATCH", "/users/{user}"), ("PATCH", "/teams/{team}")),
    ]
    for method, path in requests:
        body: Document | None = None if method == "GET" else {}
        answer = api.request(method, "/api/v1" + path.format(user=victim, team=1), json=body, headers=bearer(secret))
        assert answer.status_code == expected(role, method, path), (method, path, answer.text)
        if answer.status_code == 403:
            assert answer.json()["type"] == PROBLEM + "not-allowed"


def test_a_refusal_says_whether_the_role_or_the_token_is_in_the_way(api: httpx.Client) -> None:
    _, viewer = make_user(api, "vera", "viewer")
    refused = api.post("/api/v1/users", json={}, headers=bearer(viewer)).json()["detail"]
    assert refused == "vera is a viewer of team default; an admin can do this"
    _, less = make_token(api, scope="write")
    refused = api.post("/api/v1/users", json={}, headers=bearer(less)).json()["detail"]
    assert refused == "your token's scope is write; this needs a token of scope admin"


def test_a_token_makes_none_that_may_do_more(api: httpx.Client) -> None:
    _, member = make_user(api, "mia", "member")
    _, write = make_token(api, scope="write")
    _, read = make_token(api, scope="read")
    tried = {
        (name, scope): api.post(
            "/api/v1/tokens", json={"name": "more", "scope": scope}, headers=bearer(secret)
        ).status_code
        for name, secret in (("member", member), ("write", write), ("read", read))
        for scope in ("read", "write", "admin")
    }
    assert tried == {
        ("member", "read"): 201,
        ("member", "write"): 201,
        ("member", "admin"): 201,  # it carries a member's role all the same
        ("write", "read"): 201,
        ("write", "write"): 201,
        ("write", "admin"): 403,
        ("read", "read"): 403,
        ("read", "write"): 403,
        ("read", "admin"): 403,
    }
    made = api.post("/api/v1/tokens", json={"name": "more", "scope": "admin"}, headers=bearer(member)).json()
    assert api.get("/api/v1/me", headers=bearer(made["token"])).json()["role"] == "member"


def test_a_token_that_expires_makes_none_that_lives_longer(api: httpx.Client) -> None:
    short = api.post("/api/v1/tokens", json={"name": "short", "days": 1}).json()
    own = {"Authorization": f"Bearer {short['token']}"}
    same = api.post("/api/v1/tokens", json={"name": "same"}, headers=own)
    assert (same.status_code, same.json()["expires_at"]) == (201, short["expires_at"])
    longer = api.post("/api/v1/tokens", json={"name": "longer", "days": 2}, headers=own)
    assert (longer.status_code, longer.json()["type"]) == (403, "urn:npsweep:problem:not-allowed")
    assert "expires at" in longer.json()["detail"]


def test_a_token_that_writes_ends_none_of_an_administrator(api: httpx.Client) -> None:
    writes = api.post("/api/v1/tokens", json={"name": "writes", "scope": "write"}).json()
    looks_after = api.post("/api/v1/tokens", json={"name": "admin", "scope": "admin"}).json()
    own = {"Authorization": f"Bearer {writes['token']}"}
    assert api.delete(f"/api/v1/tokens/{looks_after['id']}", headers=own).status_code == 403


def test_tokens_are_listed_without_secrets_and_revoked_at_once(api: httpx.Client) -> None:
    ident, secret = make_token(api, name="laptop", scope="read", days=30)
    assert api.get("/api/v1/me", headers=bearer(secret)).status_code == 200
    listed = api.get("/api/v1/tokens").json()["items"]
    assert (listed[0]["name"], listed[0]["hint"]) == ("laptop", secret[:8])
    assert "token" not in listed[0]
    assert listed[0]["last_used_at"] is not None
    ends = datetime.fromisoformat(listed[0]["expires_at"]) - datetime.fromisoformat(listed[0]["created_at"])
    assert abs(ends - timedelta(days=30)) < timedelta(minutes=1)
    revoked = api.delete(f"/api/v1/tokens/{ident}")
    assert (revoked.status_code, revoked.json()["revoked_at"] is not None) == (200, True)
    assert api.get("/api/v1/me", headers=bearer(secret)).status_code == 401
    assert [one["name"] for one in api.get("/api/v1/tokens").json()["items"]] == ["first"]
    assert [one["name"] for one in api.get("/api/v1/tokens?ended=true").json()["items"]] == ["laptop", "first"]


def test_a_secret_is_not_kept_under_an_idempotency_key(api: httpx.Client, ledger: Ledger, tmp_path: Path) -> None:
    first, second = (
        api.post("/api/v1/tokens", json={"name": "laptop"}, headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 409)
    assert "its answer held a secret, which is shown once" in second.json()["detail"]
    assert [one.name for one in ledger.tokens.page(1, 10)] == ["laptop", "first"]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert first.json()["token"].encode() not in kept


def test_an_expired_token_is_refused(api: httpx.Client, ledger: Ledger) -> None:
    passed = ledger.tokens.add(1, "passed", Scope.ADMIN, datetime.now(UTC).timestamp() - 1)
    answer = api.get("/api/v1/me", headers=bearer(passed.secret))
    assert (answer.status_code, answer.json()["type"]) == (401, PROBLEM + "not-authenticated")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"expires_at": "2020-01-01"}, "expires_at"),
        ({"expires_at": "2990-01-01"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"expires_at": "2027-06-01", "days": 3}, "days"),
        ({"days": 0}, "days"),
        ({"days": 1.5}, "days"),
        ({"scope": "root"}, "scope"),
        ({"name": ""}, "name"),
        ({"name": "\0"}, "name"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_a_token_cannot_be_is_explained(wanted: Document, field: str, api: httpx.Client) -> None:
    answer = api.post("/api/v1/tokens", json={"name": "odd", **wanted})
    assert answer.status_code == 422
    assert [finding["field"] for finding in answer.json()["errors"]] == [field]


def test_an_admin_makes_sees_and_ends_the_tokens_of_the_teams_users_and_a_member_only_their_own(
    api: httpx.Client,
) -> None:
    ada, of_ada = make_user(api, "ada", "member")
    ident, secret = make_token(api, user=ada, scope="read", name="robot")
    assert api.get("/api/v1/me", headers=bearer(secret)).json()["user"] == "ada"
    assert [one["name"] for one in api.get(f"/api/v1/tokens?user={ada}").json()["items"]] == ["robot", "first"]
    everyones = api.get("/api/v1/tokens?everyone=true").json()["items"]
    assert [one["user"] for one in everyones] == ["ada", "ada", "admin"]
    _, of_bob = make_user(api, "bob", "member")
    for method, path, body in (
        ("GET", f"/tokens?user={ada}", None),
        ("POST", "/tokens", {"name": "mine", "user": ada}),
        ("DELETE", f"/tokens/{ident}", None),
    ):
        answer = api.request(method, f"/api/v1{path}", json=body, headers=bearer(of_bob))
        assert (method, answer.status_code) == (method, 403)
    assert api.delete(f"/api/v1/tokens/{ident}", headers=bearer(of_ada)).status_code == 200
    assert api.get("/api/v1/me", headers=bearer(secret)).status_code == 401


def test_a_token_that_only_reads_can_end_itself_and_no_other(api: httpx.Client) -> None:
    ident, secret = make_token(api, scope="read")
    other, _ = make_token(api, scope="read")
    assert api.delete(f"/api/v1/tokens/{other}", headers=bearer(secret)).status_code == 403
    assert api.delete(f"/api/v1/tokens/{ident}", headers=bearer(secret)).status_code == 200
    assert api.get("/api/v1/me", headers=bearer(secret)).status_code == 401


def test_another_teams_users_and_tokens_are_not_there(api: httpx.Client, ledger: Ledger) -> None:
    team, eve, token = ledger.teams.add("others", "eve", {})
    for method, path, body in (
        ("PATCH", f"/users/{eve.id}", {"is_active": False}),
        ("PATCH", f"/users/{eve.id}", {"nonsense": True}),
        ("DELETE", f"/tokens/{token.record.id}", None),
        ("GET", f"/tokens?user={eve.id}", None),
        ("POST", "/tokens", {"name": "mine", "user": eve.id}),
    ):
        answer = api.request(method, f"/api/v1{path}", json=body)
        assert (path, answer.status_code) == (path, 404)
    mine = bearer(token.secret)
    assert [one["name"] for one in api.get("/api/v1/users", headers=mine).json()["items"]] == ["eve"]
    assert [one["user"] for one in api.get("/api/v1/tokens?everyone=true", headers=mine).json()["items"]] == ["eve"]
    assert api.get("/api/v1/team", headers=mine).json()["id"] == team.id


def test_nobody_becomes_an_operator_but_through_one(api: httpx.Client) -> None:
    _, of_ada = make_user(api, "ada", "admin")
    mine, first = bearer(of_ada), api.get("/api/v1/me").json()
    for method, path, body in (
        ("POST", "/tokens", {"name": "mine", "user": first["user_id"], "scope": "admin"}),
        ("DELETE", f"/tokens/{first['token']['id']}", None),
        ("PATCH", f"/users/{first['user_id']}", {"is_active": False}),
        ("PATCH", "/users/2", {"is_operator": True}),
        ("GET", "/teams", None),
    ):
        answer = api.request(method, f"/api/v1{path}", json=body, headers=mine)
        assert (path, answer.status_code) == (path, 403)
    assert api.patch("/api/v1/users/2", json={"is_operator": True}).json()["is_operator"] is True
    assert api.get("/api/v1/teams", headers=mine).status_code == 200


def test_roles_change_at_once_and_the_last_admin_stays(api: httpx.Client) -> None:
    ada, secret = make_user(api, "ada", "member")
    assert api.get("/api/v1/audit", headers=bearer(secret)).status_code == 403
    assert api.patch(f"/api/v1/users/{ada}", json={"role": "admin"}).json()["role"] == "admin"
    assert api.get("/api/v1/audit", headers=bearer(secret)).status_code == 200
    assert api.patch(f"/api/v1/users/{ada}", json={"is_active": False}).json()["is_active"] is False
    assert api.get("/api/v1/me", headers=bearer(secret)).status_code == 401
    answer = api.patch("/api/v1/users/1", json={"role": "viewer"})
    assert (answer.status_code, answer.json()["type"]) == (409, PROBLEM + "last-admin")
    refused = api.post("/api/v1/tokens", json={"name": "late", "user": ada})
    assert (refused.status_code, refused.json()["type"]) == (409, PROBLEM + "user-deactivated")
    assert api.patch(f"/api/v1/users/{ada}", json={"is_active": True}).json()["role"] == "admin"
    assert api.get("/api/v1/me", headers=bearer(secret)).json()["role"] == "admin"


def test_names_are_taken_once(api: httpx.Client) -> None:
    make_user(api, "ada", "member")
    for path, wanted in (("/users", {"name": "ada"}), ("/teams", {"name": "default"})):
        answer = api.post(f"/api/v1{path}", json=wanted)
        assert (answer.status_code, answer.json()["type"]) == (409, PROBLEM + "name-taken")


def test_an_operator_makes_teams_and_sets_their_quotas_and_the_teams_admin_sees_them(api: httpx.Client) -> None:
    made = api.post("/api/v1/teams", json={"name": "vision", "admin": "ada", "max_lanes": 4})
    assert made.status_code == 201
    team, admin = made.json()["team"], bearer(made.json()["token"]["token"])
    assert (team["users"], team["weight"], team["max_lanes"], team["max_queued"]) == (1, 1.0, 4, None)
    changed = api.patch(f"/api/v1/teams/{team['id']}", json={"max_lanes": None, "weight": 2, "max_queued": 0}).json()
    assert (changed["weight"], changed["max_lanes"], changed["max_queued"]) == (2.0, None, 0)
    assert api.get("/api/v1/team", headers=admin).json() == changed
    assert api.patch(f"/api/v1/teams/{team['id']}", json={"weight": 9}, headers=admin).status_code == 403
    assert [one["name"] for one in api.get("/api/v1/teams").json()["items"]] == ["default", "vision"]
    assert api.patch("/api/v1/teams/99", json={}).status_code == 404


@pytest.mark.parametrize("quota", [{"weight": 0}, {"weight": None}, {"max_lanes": -1}, {"max_device_hours": "many"}])
def test_a_quota_that_cannot_be_is_explained(quota: Document, api: httpx.Client) -> None:
    answer = api.patch("/api/v1/teams/1", json=quota)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(quota)))


def test_lists_go_on_from_the_cursor(api: httpx.Client) -> None:
    for number in range(4):
        make_user(api, f"user {number}", "viewer")
        make_token(api, name=f"token {number}")
        api.post("/api/v1/teams", json={"name": f"team {number}"})
    for path, first in (("/users", "admin"), ("/teams", "default"), ("/tokens", "token 3"), ("/audit", None)):
        found: list[Document] = []
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = api.get(f"/api/v1{path}", params=params).json()
            found, cursor = found + page["items"], page["next"]
        ids = [one["id"] for one in found]
        assert len(ids) == len(set(ids)) == (12 if path == "/audit" else 5)
        assert first in (None, found[0].get("name"))
    for path in ("/users", "/teams", "/tokens"):
        names = [one["name"] for one in api.get(f"/api/v1{path}?sort=-name").json()["items"]]
        assert names == sorted(names, reverse=True)
    newest = api.get("/api/v1/audit", params={"limit": 1}).json()
    oldest = api.get("/api/v1/audit?sort=created").json()["items"]
    assert oldest[-1] == newest["items"][0]
    answer = api.get("/api/v1/audit", params={"sort": "created", "cursor": newest["next"]})
    assert (answer.status_code, "belongs to the sort" in answer.text) == (422, True)
    assert [one["name"] for one in api.get("/api/v1/users?role=admin&active=true").json()["items"]] == ["admin"]
    assert [one["name"] for one in api.get("/api/v1/users?name=user 2").json()["items"]] == ["user 2"]


def test_a_secret_is_in_the_one_answer_that_made_it_and_nowhere_else(
    api: httpx.Client, ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    caplog.set_level(logging.DEBUG)
    _, made = make_token(api, name="laptop")
    user, first = make_user(api, "ada", "admin")
    team = api.post("/api/v1/teams", json={"name": "vision"}).json()
    secrets = [token, made, first, team["token"]["token"]]
    answers = [
        api.get(f"/api/v1{path}").text
        for path in ("/me", "/tokens?everyone=true&ended=true", "/users", "/team", "/teams", "/audit")
    ]
    answers += [api.delete(f"/api/v1/tokens/{secret}").text for secret in secrets]
    answers += [api.patch(f"/api/v1/users/{user}", json={"role": "viewer"}).text]
    answers += [api.post(f"/api/v1/users?{first}", json={"name": "eve"}, headers=bearer(made)).text]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"laptop" in kept
    others = ("httpx", "httpcore", "uvicorn.access")  # the client's own; and what is off outside of pytest
    logged = [f"{one.getMessage()} {one.exc_text}" for one in caplog.records if not one.name.startswith(others)]
    for secret in secrets:
        assert secret.encode() not in kept
        assert not any(secret in answer for answer in answers)
        assert [line for line in logged if secret in line] == []
