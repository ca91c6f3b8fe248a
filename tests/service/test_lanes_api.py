"""Which lanes have trained what, as the API and the command line tell it."""

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.records import StintRecord
from sweeps.ledger.trials import Batch
from tests.service.conftest import Document
from tests.service.test_cli import Run, run
from tests.service.test_sweeps_api import Post, with_trials

__all__ = ["run"]


@pytest.fixture
def sweep_id(ledger: Ledger, post: Post, spec: Document) -> int:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    times = [(0, 7, 100.0, 104.5), (10_000, 7, 105.0, None), (0, 8, 101.0, 102.0)]
    stints = [StintRecord(sweep_id, "search", 0, seed, lane, 1, since, until) for lane, seed, since, until in times]
    batch = Batch(stints={(one.phase, one.trial, one.seed, one.since): one for one in stints})
    ledger.trials.book(sweep_id, 1, batch)
    return sweep_id


def test_a_trials_networks_say_in_which_lanes_they_were(api: httpx.Client, sweep_id: int) -> None:
    (member,) = api.get(f"/api/v1/sweeps/{sweep_id}/trials/0").json()["members"]
    assert member["seed"] == 7
    assert member["stints"] == [
        {"lane": "lane-0", "attempt": 1, "since": "1970-01-01T00:01:40Z", "until": "1970-01-01T00:01:44.500000Z"},
        {"lane": "lane-10000", "attempt": 1, "since": "1970-01-01T00:01:45Z", "until": None},
    ]


def test_lanes_are_listed_with_what_they_had_and_have(api: httpx.Client, sweep_id: int, run: Run) -> None:
    lanes = api.get(f"/api/v1/sweeps/{sweep_id}/lanes").json()
    assert [(one["lane"], one["networks"], one["training"]) for one in lanes] == [
        ("lane-0", 2, 0),
        ("lane-10000", 1, 1),
    ]
    code, out, _ = run("lanes", sweep_id)
    assert (code, "lane-10000  1        1       1                " in out) == (0, True)
