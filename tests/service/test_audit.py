"""The audit log: whatever changes something is in it, by construction."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.control.housekeeping import Housekeeping
from sweeps.ledger import Ledger
from sweeps.roles import Role, Scope
from tests.service.conftest import Document
from tests.service.test_accounts_api import bearer

Post = Callable[[Document], int]
CHANGING = ("post", "put", "patch", "delete")


def changing_operations(api: httpx.Client) -> Iterator[tuple[str, str, Document]]:
    """Method, path and operation of every route that is not read only by its method."""
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/api/") and method in CHANGING:
                yield method, path, operation


def log_of(api: httpx.Client, **filters: Any) -> list[Document]:
    answer = api.get("/api/v1/audit", params={"limit": 1000} | filters)
    assert answer.status_code == 200, answer.text
    items: list[Document] = answer.json()["items"]
    return items


def test_every_operation_that_changes_something_is_recorded_when_it_is_refused_for_the_role(
    api: httpx.Client, ledger: Ledger, post: Post, spec: Document
) -> None:
    """A new route is in the document, and so in this test."""
    post(spec)
    vera, _ = ledger.users.add(1, "vera", Role.VIEWER)
    token = ledger.tokens.add(vera.id, "reader", Scope.READ)
    ids = {"sweep_id": 1, "number": 0, "user_id": 1, "token_id": 1, "team_id": 1}
    recorded = []
    for method, path, operation in changing_operations(api):
        if operation.get("x-changes-nothing"):
            continue
        answer = api.request(method, path.format(**ids), headers=bearer(token.secret))
        assert (operation["operationId"], answer.status_code) == (operation["operationId"], 403)
        recorded.append((operation["operationId"], path.format(**ids)))
    assert {"post_sweep", "stop_sweep", "create_token", "change_team"} <= {action for action, _ in recorded}
    entries = log_of(api, user="vera")[::-1]
    assert [(one["action"], one["target"]) for one in entries] == recorded
    assert {(one["status"], one["user_id"], one["token_id"]) for one in entries} == {(403, vera.id, token.record.id)}
    assert len({one["request_id"] for one in entries}) == len(entries)


def test_what_succeeds_is_recorded_with_who_did_it_what_to_and_how_it_was_answered(
    api: httpx.Client, post: Post, spec: Document
) -> None:
    post(spec)
    api.post("/api/v1/sweeps/1/pause")
    api.post("/api/v1/tokens", json={"name": "laptop"})
    api.delete("/api/v1/tokens/2")
    found = [(one["action"], one["target"], one["status"], one["user"], one["token_id"]) for one in log_of(api)]
    assert found == [
        ("revoke_token", "/api/v1/tokens/2", 200, "admin", 1),
        ("create_token", "/api/v1/tokens", 201, "admin", 1),
        ("pause_sweep", "/api/v1/sweeps/1/pause", 202, "admin", 1),
        ("post_sweep", "/api/v1/sweeps", 202, "admin", 1),
    ]
    assert log_of(api, action="pause_sweep", since="2020-01-01") == log_of(api)[2:3]
    assert log_of(api, since="2990-01-01") == log_of(api, user="nobody") == []


def test_an_entry_says_what_was_changed_from_what_to_what_without_secrets(
    api: httpx.Client, post: Post, spec: Document
) -> None:
    post(spec)
    user = api.post("/api/v1/users", json={"name": "ada"}).json()
    api.patch(f"/api/v1/users/{user['user']['id']}", json={"role": "admin"})
    api.patch("/api/v1/teams/1", json={"max_lanes": 4, "max_queued": None})
    api.patch("/api/v1/sweeps/1", json={"labels": ["paper"], "note": f"see {user['token']['token']} {'x' * 300}"})
    api.post("/api/v1/sweeps/1/extend", json={"trials": 5})
    api.post("/api/v1/sweeps/1/enqueue", json={"arm": "bp", "configuration": {"learning_rate": 1e-3}})
    api.delete(f"/api/v1/tokens/{user['token']['id']}")
    entries = log_of(api)[::-1]
    found = [{k: (v["before"], v["after"]) for k, v in one["changes"].items()} for one in entries]
    note = found[4].pop("note")[1]
    assert found == [
        {"id": (None, 1), "name": (None, "small")},
        {"id": (None, 2), "name": (None, "ada"), "role": (None, "member")},
        {"role": ("member", "admin")},
        {"max_lanes": (None, 4)},
        {"labels": ([], ["paper"])},
        {"trials": (3, 5)},
        {"arm": (None, "bp"), "configuration": (None, {"learning_rate": 1e-3})},
        {"name": ("first", None), "user": ("ada", None), "scope": ("admin", None)},
    ]
    assert (note.startswith('"see nps_*** xxx'), len(note)) == (True, 201)


def test_an_action_that_does_not_exist_is_refused_with_those_that_do(api: httpx.Client) -> None:
    answer = api.get("/api/v1/audit", params={"action": "delete"})
    (finding,) = answer.json()["errors"]
    assert (answer.status_code, finding["field"], finding["value"]) == (422, "action", "delete")
    known = {operation["operationId"] for _, _, operation in changing_operations(api)} - {"validate_sweep"}
    assert known | {"recover_admin_token"} <= set(finding["remedy"].removeprefix("write one of ").split(", "))


def test_an_entry_has_the_id_of_its_request_and_a_repetition_under_a_key_is_none(
    api: httpx.Client, spec: Document
) -> None:
    answers = [api.post("/api/v1/sweeps", json=spec, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert [one["request_id"] for one in log_of(api)] == [answers[0].headers["X-Request-Id"]]


def test_what_changed_nothing_is_not_recorded(api: httpx.Client, post: Post, spec: Document) -> None:
    post(spec)
    api.get("/api/v1/sweeps")
    assert api.post("/api/v1/sweeps/validate", json=spec).status_code == 200
    assert api.post("/api/v1/sweeps/validate", json=spec | {"replicates": 0}).status_code == 422
    assert api.post("/api/v1/sweeps", json={}).status_code == 422
    assert api.post("/api/v1/sweeps/99/stop").status_code == 404
    assert api.post("/api/v1/sweeps/1/retry").status_code == 409
    assert api.post("/api/v1/sweeps", json=spec, headers=bearer("wrong")).status_code == 401
    assert [one["action"] for one in log_of(api)] == ["post_sweep"]


def test_checks_say_in_the_document_that_they_change_nothing(api: httpx.Client) -> None:
    checks = [one["operationId"] for _, _, one in changing_operations(api) if one.get("x-changes-nothing")]
    assert checks == ["validate_sweep"]


def test_a_request_that_fails_halfway_is_recorded_as_failed(
    api: httpx.Client, post: Post, spec: Document, ledger: Ledger
) -> None:
    post(spec)
    with ledger._engine.begin() as connection:  # a specification that no version of the service has written
        connection.execute(text("UPDATE sweeps SET spec = '{}'"))
    assert api.post("/api/v1/sweeps/1/stop", headers={"Connection": "close"}).status_code == 500
    newest = log_of(api)[0]
    assert (newest["action"], newest["status"]) == ("stop_sweep", 500)


def test_a_log_that_cannot_be_written_costs_no_answer(
    api: httpx.Client, post: Post, spec: Document, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    post(spec)
    with ledger._engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    with caplog.at_level(logging.ERROR):
        answer = api.post("/api/v1/sweeps/1/stop")
    assert (answer.status_code, answer.json()["state"]) == (202, "stopped")
    assert "the audit log misses stop_sweep /api/v1/sweeps/1/stop by user 1" in caplog.text


def test_a_team_sees_its_own_log_alone(api: httpx.Client, post: Post, spec: Document, ledger: Ledger) -> None:
    post(spec)
    foreign = bearer(ledger.accounts.add_team("others", "eve"))
    assert api.get("/api/v1/audit", headers=foreign).json()["items"] == []
    api.post("/api/v1/users", json={"name": "bob"}, headers=foreign)
    assert [one["user"] for one in api.get("/api/v1/audit", headers=foreign).json()["items"]] == ["eve"]
    assert [one["user"] for one in log_of(api)] == ["admin"]


@pytest.mark.parametrize(("days", "kept"), [(0, ["new", "old"]), (400, ["new"])])
def test_the_log_is_kept_as_long_as_the_operator_says(days: int, kept: list[str], token: str, ledger: Ledger) -> None:
    caller = ledger.accounts.caller(token)
    assert caller is not None
    for action in ("old", "new"):
        ledger.audit.add(caller, action, "/api/v1/sweeps", 202, "some-request")
    with ledger._engine.begin() as connection:
        connection.execute(text("UPDATE audit SET at = at - 401 * 86400 WHERE action = 'old'"))
    Housekeeping(ledger, audit_days=days).look()
    assert [entry.action for entry in ledger.audit.page(caller.team_id, 10)] == kept
