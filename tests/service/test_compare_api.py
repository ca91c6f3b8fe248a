"""Comparison of sweeps over REST."""

import csv
import io
from collections.abc import Callable

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord, Metrics, Phase
from sweeps.ledger.trials import Batch
from sweeps.states import SweepState, TrialState
from tests.service.conftest import Document
from tests.service.test_sweeps_api import Post, trial

Ask = Callable[..., httpx.Response]


@pytest.fixture
def compare(api: httpx.Client) -> Ask:
    def ask(*ids: int, **params: str) -> httpx.Response:
        return api.get("/api/v1/sweeps/compare", params={"ids": list(ids), **params})

    return ask


def confirmed(ledger: Ledger, sweep_id: int, *tests: float) -> int:
    """A sweep whose arm bp was confirmed with these test accuracies."""
    attempt = ledger.sweeps.start_attempt(sweep_id)
    best = trial(sweep_id, 0, TrialState.COMPLETED, 0.9)
    members: dict[tuple[Phase, int, int], MemberRecord] = {}
    for seed, test in enumerate(tests, 1_000_000):
        found: Metrics = {"test_accuracy": test}
        member = MemberRecord(sweep_id, "confirmation", 0, seed, TrialState.COMPLETED, 2, found, 0, None, 1.0)
        members["confirmation", 0, seed] = member
    ledger.trials.book(sweep_id, attempt, Batch({0: best}, members))
    ledger.sweeps.end(sweep_id, SweepState.FAILED)
    return sweep_id


def test_arms_stand_side_by_side_and_supported_differences_are_told_from_others(
    compare: Ask, spec: Document, post: Post, ledger: Ledger
) -> None:
    first = confirmed(ledger, post(spec), 0.90, 0.91, 0.92)
    second = confirmed(
        ledger, post(spec | {"name": "wider", "network": {"kind": "dense", "hidden": [64]}}), 0.97, 0.975
    )
    third = confirmed(ledger, post(spec | {"budget": {"trials": 4}}), 0.905, 0.93)
    found = compare(first, second, third).json()
    assert [sweep["sweep_id"] for sweep in found["sweeps"]] == [first, second, third]
    assert [arm["name"] for arm in found["arms"]] == [
        f"{n}:{arm}" for n in (first, second, third) for arm in ("bp", "danp")
    ]
    assert found["arms"][0]["report"]["test"]["mean"] == pytest.approx(0.91)
    pairs = {(one["first"], one["second"]): one["comparison"]["supported"] for one in found["differences"]}
    assert pairs == {("2:bp", "3:bp"): False, ("2:bp", "1:bp"): True, ("3:bp", "1:bp"): False}
    assert {one["path"]: one["values"] for one in found["specification"]} == {
        "network.hidden": {"1": [8], "2": [64], "3": [8]},
        "budget.trials": {"1": 3, "2": 3, "3": 4},
    }
    text = compare(first, second, third, format="table").text
    assert "The seeds support a difference between 2:bp and 1:bp" in text
    assert "network.hidden" in text
    assert "1:bp: learning_rate 0.01" in text


def test_sweeps_on_other_data_are_shown_but_not_compared(
    compare: Ask, spec: Document, post: Post, ledger: Ledger
) -> None:
    first = confirmed(ledger, post(spec), 0.9, 0.91)
    second = confirmed(ledger, post(spec | {"data": "mnist"}), 0.5, 0.51)
    assert compare(first, second).json()["differences"] == []
    assert "on other data" in compare(first, second, format="table").text


@pytest.mark.parametrize(
    ("params", "accept", "media"),
    [
        ({}, "*/*", "application/json"),
        ({"format": "md"}, "*/*", "text/markdown"),
        ({"format": "csv"}, "*/*", "text/csv"),
        ({}, "text/plain", "text/plain"),
    ],
)
def test_a_comparison_comes_in_the_reports_formats(
    params: dict[str, str], accept: str, media: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    ids = [post(spec), post(spec)]
    answer = api.get("/api/v1/sweeps/compare", params={"ids": ids, **params}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, media), answer.text
    assert "danp" in answer.text
    if media == "text/csv":
        assert [row["sweep"] for row in csv.DictReader(io.StringIO(answer.text))] == ["1", "1", "2", "2"]
    if media == "text/plain":
        assert "The specifications are the same." in answer.text


def test_another_teams_sweep_is_not_compared(compare: Ask, spec: Document, post: Post, ledger: Ledger) -> None:
    mine = post(spec)
    other = ledger.accounts.caller(ledger.accounts.add_team("others", "eve"))
    assert other is not None
    theirs = ledger.sweeps.post(other.team_id, other.user_id, ledger.sweeps.get(mine).spec).id
    for ids in ([mine, theirs], [mine, 99]):
        answer = compare(*ids)
        assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (404, "no-such-sweep")


@pytest.mark.parametrize("ids", [[], [1], [0, 1], [10**30, 1], list(range(1, 30))])
def test_what_cannot_be_compared_is_refused(ids: list[int], compare: Ask) -> None:
    answer = compare(*ids)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("ids")
