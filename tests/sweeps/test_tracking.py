"""What the tracker is told: everything, once, whatever is cut off where."""

import csv
import io
import json
import logging
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest
import torch

from sweeps.ledger import Ledger
from sweeps.member import MemberKey
from sweeps.report import Report
from sweeps.spec import CONFIRMATION_SEEDS_FROM, SweepSpec
from sweeps.states import SweepState, TrialState
from sweeps.storage import Storage
from sweeps.tracking import delivery
from sweeps.tracking.delivery import Delivery
from sweeps.tracking.entries import group
from sweeps.tracking.follower import Follower
from sweeps.tracking.memory import MemoryTracker
from sweeps.tracking.tracker import NewRun, Refused, Run, RunStatus, Tracker, Unreachable
from sweeps.tracking.writer import Interrupted
from tests.sweeps.booked import BookedSweep, open_ledger

NETWORK = {"w": torch.ones(2)}


class Disturbed:
    """A tracker whose call number `at` fails: before it is carried out, or after, so that its answer is lost."""

    def __init__(self, tracker: Tracker, at: int = -1, after: bool = False) -> None:
        self._tracker = tracker
        self._at = at
        self._after = after
        self.calls = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.calls += 1
            fails = self.calls - 1 == self._at
            if fails and not self._after:
                raise Unreachable("down")
            answer = getattr(self._tracker, name)(*args)
            if fails:
                raise Unreachable("the answer was lost")
            return answer

        return call


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "storage")


def deliver(sweep: BookedSweep, tracker: object, storage: Storage, stop: Event | None = None) -> None:
    """One delivery by a tracking process that has just begun."""
    record = sweep.ledger.sweeps.get(sweep.id)
    Delivery(sweep.ledger, cast(Tracker, tracker), storage, record, stop or Event()).deliver(record)


def runs(sweep: BookedSweep, tracker: Tracker) -> dict[str, Run]:
    """What the tracker holds of the sweep, by key; a second run under any key is an error."""
    team, _ = sweep.ledger.outbox.owner(sweep.id)
    record = sweep.ledger.sweeps.get(sweep.id)
    found = tracker.find_runs(tracker.open_experiment(f"{team}/{record.name}"), group(record))
    assert all(len(ids) == 1 for ids in found.values()), found
    return {key: tracker.read(ids[0]) for key, ids in found.items()}


def points(run: Run, name: str) -> list[tuple[int, float]]:
    return [(point.step, round(point.value, 9)) for point in run.points if point.name == name]


def book(sweep: BookedSweep) -> None:
    sweep.trial(0, value=0.7, learning_rate=0.02)
    sweep.trial(1, TrialState.DIVERGED, None, epochs=1)
    sweep.trial(2, TrialState.PRUNED, 0.1, epochs=2)
    sweep.trial(3, value=0.6)
    sweep.confirmed(0, [0.8, 0.9, 1.0], [0.7, 0.9, 0.8])


@pytest.fixture
def told(ledger: Ledger, storage: Storage) -> tuple[BookedSweep, dict[str, Run]]:
    """A finished sweep and what was told of it."""
    sweep = BookedSweep(ledger, team="o'neill & σ/π", notes="A first look.")
    book(sweep)
    for index in range(3):
        member = MemberKey("confirmation", 0, CONFIRMATION_SEEDS_FROM + index)
        storage.save_network(sweep.id, member, NETWORK, NETWORK, {"seed": member.seed})
    sweep.end()
    tracker = MemoryTracker()
    deliver(sweep, tracker, storage)
    return sweep, runs(sweep, tracker)


def test_a_sweep_is_a_run_and_its_trials_and_confirmations_are_runs_below_it(
    told: tuple[BookedSweep, dict[str, Run]],
) -> None:
    sweep, found = told
    assert sorted(found) == ["confirmation-0", "sweep", "trial-0", "trial-1", "trial-2", "trial-3"]
    parent = sweep.ledger.sweeps.get(sweep.id).tracking_id
    assert parent is not None
    assert {key: run.parent for key, run in found.items()} == dict.fromkeys(found, parent) | {"sweep": None}
    assert {run.user for run in found.values()} == {"ada"}
    assert found["trial-3"].name == "danp trial 3"


def test_the_ledger_knows_the_runs_and_nothing_is_left_to_tell(told: tuple[BookedSweep, dict[str, Run]]) -> None:
    sweep, _ = told
    assert sweep.ledger.outbox.undelivered_sweeps() == []
    assert sweep.ledger.outbox.undelivered_trials(sweep.id) == []
    assert sorted(sweep.ledger.outbox.trial_runs(sweep.id)) == [0, 1, 2, 3]


def test_a_trials_run_has_its_tags_parameters_curve_and_figures(told: tuple[BookedSweep, dict[str, Run]]) -> None:
    sweep, found = told
    run = found["trial-0"]
    expected = {"sweep": str(sweep.id), "arm": "bp", "trial": "0", "attempt": "1", "state": "completed"}
    assert expected.items() <= run.tags.items()
    assert SweepSpec.model_validate_json(run.tags["specification"]) == sweep.spec
    assert {"rule.name": "bp", "learning_rate": "0.02", "network.hidden": "[8]"}.items() <= run.parameters.items()
    curve = [round(metrics["validation_accuracy"] or 0.0, 9) for metrics in sweep.curve(3)[1:]]
    assert points(run, "validation_accuracy") == list(enumerate(curve, 1))
    assert points(run, "value") == [(3, 0.7)]
    assert (run.started_at, run.ended_at) == (1_001.0, 1_002.0)


def test_every_end_has_its_status(told: tuple[BookedSweep, dict[str, Run]]) -> None:
    _, found = told
    assert {key: run.status for key, run in found.items()} == {
        "sweep": RunStatus.FINISHED,
        "trial-0": RunStatus.FINISHED,
        "trial-1": RunStatus.FAILED,
        "trial-2": RunStatus.KILLED,
        "trial-3": RunStatus.FINISHED,
        "confirmation-0": RunStatus.FINISHED,
    }


def test_the_sweeps_run_holds_specification_report_and_curves(told: tuple[BookedSweep, dict[str, Run]]) -> None:
    sweep, found = told
    run = found["sweep"]
    assert SweepSpec.model_validate_json(run.files["specification.json"]) == sweep.spec
    report = Report.model_validate_json(run.files["report.json"])
    assert report.finished
    assert len(list(csv.DictReader(io.StringIO(run.files["report.csv"].decode())))) == 2
    rows = list(csv.DictReader(io.StringIO(run.files["curves/bp.csv"].decode())))
    assert len(rows) == 3 + 3 * 3
    assert len(json.loads(run.files["curves/bp.json"])) == len(rows)
    assert run.note.startswith("A first look.")
    assert "| bp |" in run.note
    assert points(run, "test_accuracy_mean/bp") == [(0, 0.9)]
    assert points(found["confirmation-0"], "test_accuracy_mean") == [(0, 0.9)]


def test_the_network_kept_is_the_best_by_validation_and_not_by_test(told: tuple[BookedSweep, dict[str, Run]]) -> None:
    _, found = told
    files = found["sweep"].files
    kept = sorted(path for path in files if path.startswith("networks/"))
    assert kept == [f"networks/bp/{name}" for name in ("member.safetensors", "network.json", "network.safetensors")]
    assert json.loads(files["networks/bp/network.json"]) == {"seed": CONFIRMATION_SEEDS_FROM + 1}


def test_only_a_confirmation_knows_the_test_split(told: tuple[BookedSweep, dict[str, Run]]) -> None:
    _, found = told
    for key, run in found.items():
        assert key in ("sweep", "confirmation-0") or not [point for point in run.points if "test" in point.name]


def test_telling_step_by_step_or_all_at_once_is_the_same(
    ledger: Ledger, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PAGE", 2)
    stepwise, at_once = MemoryTracker(), MemoryTracker()
    sweep = BookedSweep(ledger)
    for number in range(4):
        sweep.trial(number, TrialState.RUNNING, None, epochs=1)
        deliver(sweep, stepwise, storage)
        sweep.epochs("search", number, 0, upto=3, above=1)
        deliver(sweep, stepwise, storage)
        sweep.end_trial(number, TrialState.COMPLETED, 0.5)
    sweep.confirmed(0, [0.5, 0.6, 0.7])
    sweep.end(SweepState.CONFIRMING)
    deliver(sweep, stepwise, storage)
    sweep.end(SweepState.COMPLETED)
    deliver(sweep, stepwise, storage)
    forget(sweep)
    deliver(sweep, at_once, storage)
    assert comparable(runs(sweep, stepwise)) == comparable(runs(sweep, at_once))


def forget(sweep: BookedSweep) -> None:
    """Makes the ledger believe that nothing was told yet."""
    engine = sweep.ledger._engine
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE trials SET tracking_id = NULL, tracked_state = NULL")
        connection.exec_driver_sql("UPDATE sweeps SET tracking_id = NULL, tracked_state = NULL, tracked_epoch = 0")


def comparable(found: dict[str, Run]) -> dict[str, Run]:
    """Without what differs from run to run: ids, the time of a report, and NaN, which is not equal to itself."""
    return {
        key: replace(
            run,
            parent=None,
            note="",
            points=[replace(point, value=str(point.value)) for point in run.points],  # type: ignore[arg-type]
            files={path: data for path, data in run.files.items() if not path.startswith("report")},
        )
        for key, run in found.items()
    }


@pytest.mark.parametrize("after", [False, True], ids=["not carried out", "answer lost"])
def test_wherever_the_tracker_fails_everything_is_told_once(ledger: Ledger, storage: Storage, after: bool) -> None:
    sweep = BookedSweep(ledger)
    book(sweep)
    sweep.end()
    undisturbed, counter = MemoryTracker(), Disturbed(MemoryTracker())
    deliver(sweep, undisturbed, storage)
    expected = comparable(runs(sweep, undisturbed))
    forget(sweep)
    deliver(sweep, counter, storage)
    for at in range(counter.calls):
        forget(sweep)
        tracker = MemoryTracker()
        with pytest.raises(Unreachable):
            deliver(sweep, Disturbed(tracker, at, after), storage)
        deliver(sweep, tracker, storage)
        assert comparable(runs(sweep, tracker)) == expected
        assert ledger.outbox.undelivered_sweeps() == []


def test_a_second_run_that_appeared_behind_our_back_is_removed(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker = BookedSweep(ledger), MemoryTracker()
    sweep.trial(0)
    deliver(sweep, tracker, storage)
    record = ledger.sweeps.get(sweep.id)
    known = ledger.outbox.trial_runs(sweep.id)[0]
    late = NewRun(group(record), "trial-0", "bp trial 0", "ada", 1.0)
    tracker.create_run(tracker.open_experiment("default/quickstart"), late)
    sweep.end()
    deliver(sweep, tracker, storage)
    assert runs(sweep, tracker)["trial-0"] == tracker.read(known)


def test_two_ledgers_with_a_sweep_of_the_same_id_do_not_meet(tmp_path: Path, storage: Storage) -> None:
    tracker, sweeps = MemoryTracker(), []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sweep = BookedSweep(open_ledger(tmp_path / name))
        sweep.trial(0)
        deliver(sweep, tracker, storage)
        sweeps.append(sweep)
    assert sweeps[0].id == sweeps[1].id
    assert [sorted(runs(sweep, tracker)) for sweep in sweeps] == [["sweep", "trial-0"]] * 2


def test_replicates_have_a_curve_each_and_their_mean_when_the_last_is_there(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker = BookedSweep(ledger, replicates=2), MemoryTracker()
    sweep.trial(0, TrialState.RUNNING, None, epochs=2, seeds=(0,))
    deliver(sweep, tracker, storage)
    alone = runs(sweep, tracker)["trial-0"]
    assert len(points(alone, "train_loss/seed-0")) == 2
    assert points(alone, "train_loss") == []
    sweep.epochs("search", 0, seed=1, upto=2)
    deliver(sweep, tracker, storage)  # by another process, which has to look up what the first seed measured
    both = runs(sweep, tracker)["trial-0"]
    assert points(both, "train_loss") == [(1, round(math.exp(-1), 9)), (2, round(math.exp(-2), 9))]
    times = {point.step: point.at for point in both.points if point.name == "train_loss/seed-1"}
    assert {point.step: point.at for point in both.points if point.name == "train_loss"} == times


def test_a_number_that_was_not_finite_is_nan_at_the_tracker(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker = BookedSweep(ledger), MemoryTracker()
    sweep.curve = lambda epochs: [{"train_loss": None}] * (epochs + 1)  # type: ignore[method-assign]
    sweep.trial(0, TrialState.DIVERGED, None, epochs=1)
    deliver(sweep, tracker, storage)
    ((step, value),) = points(runs(sweep, tracker)["trial-0"], "train_loss")
    assert step == 1
    assert math.isnan(value)


def test_a_run_that_somebody_removed_holds_up_nothing(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker = BookedSweep(ledger), MemoryTracker()
    sweep.trial(0, TrialState.RUNNING, None, epochs=1)
    deliver(sweep, tracker, storage)
    tracker.remove_run(ledger.outbox.trial_runs(sweep.id)[0])
    sweep.end_trial(0, TrialState.COMPLETED, 0.5)
    sweep.trial(1)
    sweep.end()
    deliver(sweep, tracker, storage)
    assert sorted(runs(sweep, tracker)) == ["sweep", "trial-1"]
    assert ledger.outbox.undelivered_sweeps() == []


def test_trials_that_a_failed_sweep_left_behind_do_not_run_for_ever(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker = BookedSweep(ledger), MemoryTracker()
    sweep.trial(0, TrialState.RUNNING, None, epochs=1)
    sweep.trial(1, TrialState.WAITING, None, epochs=0)
    ledger.sweeps.move(sweep.id, SweepState.FAILED, "the disk is full")
    deliver(sweep, tracker, storage)
    found = runs(sweep, tracker)
    assert (found["trial-0"].status, found["sweep"].status) == (RunStatus.KILLED, RunStatus.FAILED)
    assert found["sweep"].tags["reason"] == "the disk is full"
    assert "trial-1" not in found


def test_a_sweep_without_a_trial_is_told_to_its_end(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker = BookedSweep(ledger), MemoryTracker()
    sweep.end(SweepState.STOPPING, SweepState.STOPPED)
    deliver(sweep, tracker, storage)
    assert runs(sweep, tracker)["sweep"].status is RunStatus.KILLED


def test_an_arm_of_any_name_leads_nowhere_else(ledger: Ledger, storage: Storage) -> None:
    arms = [{"rule": "bp", "name": name} for name in ("../../x", "..", "σ?", "σ!", "plain")]
    sweep, tracker = BookedSweep(ledger, compare=arms), MemoryTracker()
    for number in range(5):
        sweep.trial(number)
    sweep.end()
    deliver(sweep, tracker, storage)
    files = [path for path in runs(sweep, tracker)["sweep"].files if path.startswith("curves/")]
    assert len(files) == 10
    assert "curves/plain.csv" in files
    assert all(path.count("/") == 1 and ".." not in path for path in files)


def test_a_very_long_specification_does_not_break_a_tag(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker = BookedSweep(ledger, notes="x" * 9_000), MemoryTracker()
    sweep.trial(0)
    sweep.end()
    deliver(sweep, tracker, storage)
    found = runs(sweep, tracker)
    assert max(len(text) for run in found.values() for text in [*run.tags.values(), run.note]) <= 8_000
    assert json.loads(found["sweep"].files["specification.json"])["notes"] == "x" * 9_000


def test_a_process_that_is_to_end_stops_between_two_calls_and_loses_nothing(ledger: Ledger, storage: Storage) -> None:
    sweep, tracker, stop = BookedSweep(ledger), MemoryTracker(), Event()
    book(sweep)
    sweep.end()
    stop.set()
    with pytest.raises(Interrupted):
        deliver(sweep, tracker, storage, stop)
    deliver(sweep, tracker, storage)
    assert len(runs(sweep, tracker)) == 6


def follower(ledger: Ledger, tracker: object, storage: Storage) -> Follower:
    return Follower(ledger, lambda: cast(Tracker, tracker), storage, Event())


def test_the_follower_tells_what_has_begun_and_leaves_alone_what_is_queued(ledger: Ledger, storage: Storage) -> None:
    tracker = MemoryTracker()
    sweep = BookedSweep(ledger)
    owner = ledger.sweeps.get(sweep.id)
    queued = ledger.sweeps.post(owner.team_id, owner.user_id, owner.spec)
    sweep.trial(0)
    follower(ledger, tracker, storage).look()
    assert sorted(runs(sweep, tracker)) == ["sweep", "trial-0"]
    assert ledger.sweeps.get(queued.id).tracking_id is None


def test_an_unreachable_tracker_is_said_once_and_left_in_peace(
    ledger: Ledger, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    sweep, tracker = BookedSweep(ledger), MemoryTracker()
    sweep.trial(0)
    disturbed = Disturbed(tracker, at=0)
    following = follower(ledger, disturbed, storage)
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            following.look()
    assert disturbed.calls == 1
    assert [record.message for record in caplog.records] == [
        "the tracker is unreachable, what it misses is told later: down"
    ]
    following._followed[sweep.id].due_at = 0.0
    following.look()
    assert sorted(runs(sweep, tracker)) == ["sweep", "trial-0"]
    assert "the tracker is reachable again" in caplog.text


def test_one_sweep_that_cannot_be_told_does_not_hold_up_another(
    ledger: Ledger, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    class Choosy(MemoryTracker):
        def open_experiment(self, name: str) -> str:
            if name.startswith("bad"):
                raise Refused("not this one")
            return super().open_experiment(name)

    bad, good, tracker = BookedSweep(ledger, team="bad"), BookedSweep(ledger, team="good"), Choosy()
    for sweep in (bad, good):
        sweep.trial(0)
    follower(ledger, tracker, storage).look()
    assert sorted(runs(good, tracker)) == ["sweep", "trial-0"]
    assert f"sweep {bad.id} cannot be told" in caplog.text
