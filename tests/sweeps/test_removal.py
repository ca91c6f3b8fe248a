"""What a deleted sweep leaves behind is cleared away, however long the tracker is down."""

from pathlib import Path
from threading import Event
from typing import cast

import pytest
import torch

from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord
from sweeps.member import MemberKey
from sweeps.states import SweepState
from sweeps.storage import OF_A_SWEEP, Storage
from sweeps.tracking import removal
from sweeps.tracking.entries import group
from sweeps.tracking.follower import Follower
from sweeps.tracking.memory import MemoryTracker
from sweeps.tracking.tracker import Tracker
from tests.sweeps.booked import BookedSweep, open_ledger
from tests.sweeps.test_tracking import Disturbed, book


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "AGAIN_SECONDS", 0.0)


def told_sweep(ledger: Ledger, root: Path, tracker: Tracker, team: str = "lab") -> SweepRecord:
    """A failed sweep that the tracker knows, with files of each kind."""
    sweep = BookedSweep(ledger, team=team)
    book(sweep)
    ledger.sweeps.end(sweep.id, SweepState.FAILED)
    Storage(root).save_checkpoint(sweep.id, MemberKey("search", 0, 0), {"w": torch.ones(1)}, {})
    for name in OF_A_SWEEP:
        (root / name / str(sweep.id)).mkdir(parents=True, exist_ok=True)
    follower(ledger, root, tracker).look()
    return ledger.sweeps.get(sweep.id)


def follower(ledger: Ledger, root: Path, tracker: object) -> Follower:
    return Follower(ledger, lambda: cast(Tracker, tracker), Storage(root), Event())


def runs(tracker: Tracker, sweep: SweepRecord, team: str = "lab") -> dict[str, list[str]]:
    return tracker.find_runs(tracker.open_experiment(f"{team}/{sweep.name}"), group(sweep))


def files(root: Path, sweep: SweepRecord) -> list[str]:
    return [name for name in OF_A_SWEEP if (root / name / str(sweep.id)).exists()]


def test_files_and_runs_of_a_deleted_sweep_go_and_no_others(ledger: Ledger, root: Path) -> None:
    tracker = MemoryTracker()
    gone, kept = told_sweep(ledger, root, tracker), told_sweep(ledger, root, tracker, "neighbours")
    assert runs(tracker, gone)
    ledger.shelf.remove(gone.id)
    following = follower(ledger, root, tracker)
    following.look()
    assert (runs(tracker, gone), files(root, gone), ledger.removals.unsettled()) == ({}, [], [])
    assert runs(tracker, kept, "neighbours")
    assert files(root, kept) == list(OF_A_SWEEP)


def test_runs_that_shall_be_kept_stay(ledger: Ledger, root: Path) -> None:
    tracker = MemoryTracker()
    sweep = told_sweep(ledger, root, tracker)
    before = runs(tracker, sweep)
    ledger.shelf.remove(sweep.id, keep_runs=True)
    follower(ledger, root, tracker).look()
    assert (runs(tracker, sweep), files(root, sweep), ledger.removals.unsettled()) == (before, [], [])


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(5))
def test_whichever_call_fails_the_runs_go_at_last(at: int, after: bool, ledger: Ledger, root: Path) -> None:
    tracker = MemoryTracker()
    sweep = told_sweep(ledger, root, tracker)
    ledger.shelf.remove(sweep.id)
    following = follower(ledger, root, Disturbed(tracker, at, after))
    following.look()
    assert ledger.removals.unsettled(), "it is remembered"
    following.look()
    assert (runs(tracker, sweep), ledger.removals.unsettled()) == ({}, [])


def test_another_sweep_is_told_while_a_large_one_is_cleared_away(
    ledger: Ledger, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = MemoryTracker()
    sweep = told_sweep(ledger, root, tracker)
    total = len(runs(tracker, sweep))
    ledger.shelf.remove(sweep.id)
    monkeypatch.setattr(removal, "LONGEST_SECONDS", -1.0)
    following = follower(ledger, root, tracker)
    following.look()
    assert len(runs(tracker, sweep)) == total
    other = BookedSweep(ledger, team="others")
    following.look()
    assert runs(tracker, ledger.sweeps.get(other.id), "others")
    monkeypatch.setattr(removal, "LONGEST_SECONDS", 2.0)
    following.look()
    assert runs(tracker, sweep) == {}


def test_a_process_that_ends_in_the_middle_leaves_the_rest_to_the_next(ledger: Ledger, root: Path) -> None:
    tracker = MemoryTracker()
    sweep = told_sweep(ledger, root, tracker)
    ledger.shelf.remove(sweep.id)
    stop = Event()
    stop.set()
    removal.Remover(ledger, lambda: tracker, Storage(root), stop).look()
    assert ledger.removals.unsettled()
    follower(ledger, root, tracker).look()
    assert (runs(tracker, sweep), ledger.removals.unsettled()) == ({}, [])
