"""Every route of the OpenAPI document, asked with another team's ids: it tells nothing and does nothing.

Routes are found by themselves. One with a path parameter that VALUES does not know fails here: say what it names.
"""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.states import SweepState
from tests.service.conftest import Document
from tests.service.test_sweeps_api import with_trials

Post = Callable[[Document], int]
UNMISTAKABLE = "unmistakable"
BODIES: dict[str, Document] = {
    "/api/v1/users/{user_id}": {"is_active": False},
    "/api/v1/teams/{team_id}": {"max_lanes": 1},
}
"""What would do harm, where the foreigner were allowed to."""


def paths(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and path of every route that takes a token."""
    return [
        (method, path) for path, methods in document["paths"].items() for method in methods if path.startswith("/api/")
    ]


class Theirs:
    """What another team has, of which nobody else may hear."""

    def __init__(self, ledger: Ledger, token: str, sweep_id: int) -> None:
        with_trials(ledger, sweep_id)
        curve = [NewEpoch("search", 2, 7, 1, {"validation_accuracy": 0.9})]  # of the best, so that there is a figure
        ledger.trials.book(sweep_id, ledger.sweeps.get(sweep_id).attempt, Batch(epochs=curve))
        asked = ledger.reconciliations.ask(sweep_id, mend=False)
        owner = ledger.sweeps.get(sweep_id)
        caller = ledger.accounts.caller(token)
        assert caller is not None
        self.values: dict[str, Any] = {
            "sweep_id": sweep_id,
            "number": 0,
            "reconciliations/number": asked.number,
            "figures/name": "history",
            "team_id": owner.team_id,
            "user_id": owner.user_id,
            "token_id": caller.token_id,
        }

    def address(self, path: str) -> str:
        """The path with their ids; a parameter is known by its name, or by that and what stands before it."""

        def value(match: re.Match[str]) -> str:
            before, name = match["before"], match["name"]
            found = self.values.get(f"{before}/{name}", self.values.get(name))
            assert found is not None, f"say in VALUES what {{{name}}} of {path} names"
            return f"{before}/{found}"

        return re.sub(r"(?P<before>[\w-]+)/\{(?P<name>\w+)\}", value, path.replace("{figure}", "curves"))


@pytest.fixture
def theirs(ledger: Ledger, token: str, post: Post, spec: Document) -> Theirs:
    return Theirs(ledger, token, post(spec | {"name": UNMISTAKABLE}))


def test_no_route_tells_or_does_anything_with_another_teams_ids(
    api: httpx.Client, theirs: Theirs, ledger: Ledger
) -> None:
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve', 'admin')}"}
    routes = [route for route in paths(api.get("/openapi.json").json()) if "{" in route[1]]
    assert len(routes) > 10
    before = ledger.sweeps.get(theirs.values["sweep_id"]), len(ledger.events.after(theirs.values["sweep_id"], 0))
    for method, path in routes:
        answer = api.request(method, theirs.address(path), headers=foreign, json=BODIES.get(path, {}))
        assert answer.status_code in (403, 404), (method, path, answer.status_code, answer.text)
        assert UNMISTAKABLE not in answer.text
    assert before[0].state is SweepState.RUNNING
    assert before == (
        ledger.sweeps.get(theirs.values["sweep_id"]),
        len(ledger.events.after(theirs.values["sweep_id"], 0)),
    )
    assert api.get("/api/v1/me").status_code == 200, "their own token and user are as they were"


def test_the_addresses_are_right_for_their_own_team(api: httpx.Client, theirs: Theirs) -> None:
    """Else the walk above would prove nothing."""
    for method, path in paths(api.get("/openapi.json").json()):
        if method == "get" and "{" in path:
            with api.stream(method, theirs.address(path)) as answer:
                assert answer.status_code in (200, 403), (path, answer.status_code)


def test_what_is_asked_for_without_an_id_is_ones_own_teams(api: httpx.Client, theirs: Theirs, ledger: Ledger) -> None:
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve', 'admin')}"}
    for method, path in paths(api.get("/openapi.json").json()):
        if method == "get" and "{" not in path:
            params = {"ids": f"{theirs.values['sweep_id']}"}
            with api.stream(method, path, headers=foreign, params=params) as answer:
                if not answer.headers["content-type"].startswith("text/event-stream"):  # which has no end
                    assert UNMISTAKABLE not in answer.read().decode(), path
    assert UNMISTAKABLE in api.get("/api/v1/sweeps").text


def test_nobody_begins_with_another_teams_sweep(
    api: httpx.Client, theirs: Theirs, ledger: Ledger, spec: Document
) -> None:
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve', 'admin')}"}
    body = spec | {"search": {"warm_start": [theirs.values["sweep_id"]]}}
    answer = api.post("/api/v1/sweeps", json=body, headers=foreign)
    assert (answer.status_code, "there is no sweep" in answer.text) == (422, True)
