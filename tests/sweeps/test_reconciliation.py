"""Reconciliation: every difference between ledger, tracker and storage is said, mended once, and then gone."""

import os
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from sweeps.difference import Difference, Kind
from sweeps.ledger import Ledger
from sweeps.ledger.errors import NoSuchReconciliation
from sweeps.ledger.trials import Batch
from sweeps.member import MemberKey
from sweeps.spec import CONFIRMATION_SEEDS_FROM
from sweeps.states import SweepState, TrialState
from sweeps.storage import Storage
from sweeps.tracking.entries import group
from sweeps.tracking.follower import Follower
from sweeps.tracking.memory import MemoryTracker
from sweeps.tracking.reconciliation import reconcile
from sweeps.tracking.tracker import Entry, NewRun, Point, RunStatus, Tracker, Unreachable
from tests.sweeps.booked import BookedSweep, open_ledger
from tests.sweeps.running import Desk
from tests.sweeps.test_tracking import NETWORK, book, comparable, deliver, runs

LONG_AGO = 1_000.0


class Bench:
    """A completed sweep, told to a tracker in memory, with its networks in the storage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = open_ledger(folder)
        self.storage = Storage(folder / "storage")
        self.tracker = MemoryTracker()
        self.sweep = BookedSweep(self.ledger, notes="A first look.", budget={"trials": 2})
        book(self.sweep)
        for index in range(3):
            self.keep_network(MemberKey("confirmation", 0, CONFIRMATION_SEEDS_FROM + index))
        self.sweep.end()
        deliver(self.sweep, self.tracker, self.storage)

    def keep_network(self, member: MemberKey) -> None:
        described = {"modules": [], "trial": member.trial, "seed": member.seed, "metrics": {}}
        self.storage.save_network(self.sweep.id, member, NETWORK, NETWORK, described)

    def reconcile(self, mend: bool = False) -> list[Difference]:
        sweep = self.ledger.sweeps.get(self.sweep.id)
        return reconcile(self.ledger, self.tracker, self.storage, sweep, mend, Event())

    def run(self, key: str) -> str:
        (run,) = self.found()[key]
        return run

    def found(self) -> dict[str, list[str]]:
        experiment = self.tracker.open_experiment("default/quickstart")
        return self.tracker.find_runs(experiment, group(self.ledger.sweeps.get(self.sweep.id)))

    def checkpoint(self, member: MemberKey, touched: float = LONG_AGO) -> Path:
        self.storage.save_checkpoint(self.sweep.id, member, NETWORK, {})
        path = self.folder / "storage" / "checkpoints" / str(self.sweep.id) / f"{member}.safetensors"
        os.utime(path, (touched, touched))
        return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def said(differences: list[Difference]) -> list[tuple[Kind, str]]:
    return [(one.kind, one.about) for one in differences]


def assert_mended(bench: Bench, *expected: tuple[Kind, str]) -> None:
    """The differences are reported, reported as mended when they are, and gone afterwards: all is as it was told."""
    assert set(expected) <= set(said(bench.reconcile()))
    mended = bench.reconcile(mend=True)
    assert set(expected) <= set(said(mended))
    assert all(one.mended for one in mended)
    assert bench.reconcile() == []
    assert bench.reconcile(mend=True) == []


def test_what_was_told_is_what_is_expected(bench: Bench) -> None:
    assert bench.reconcile() == []


@pytest.mark.parametrize(("replicates", "seeds"), [(1, 1), (2, 3)])
def test_curves_of_replicates_and_of_one_seed_are_expected_as_they_are_told(
    tmp_path: Path, replicates: int, seeds: int
) -> None:
    ledger, storage, tracker = open_ledger(tmp_path), Storage(tmp_path / "storage"), MemoryTracker()
    sweep = BookedSweep(ledger, replicates=replicates, confirmation={"seeds": seeds}, budget={"trials": 1})
    for number in range(2):
        sweep.trial(number, seeds=tuple(range(replicates)))
    sweep.confirmed(0, [0.5] * seeds)
    for index in range(seeds):
        storage.save_network(
            sweep.id, MemberKey("confirmation", 0, CONFIRMATION_SEEDS_FROM + index), NETWORK, NETWORK, {}
        )
    sweep.end()
    deliver(sweep, tracker, storage)
    assert reconcile(ledger, tracker, storage, ledger.sweeps.get(sweep.id), False, Event()) == []


def test_a_sweep_that_was_extended_and_has_other_lanes_is_told_as_it_is(bench: Bench) -> None:
    bench.ledger.lifecycle.resize(bench.sweep.id, 2, "auto")
    bench.ledger.lifecycle.extend(bench.sweep.id, 3)
    deliver(bench.sweep, bench.tracker, bench.storage)
    assert bench.tracker.read(bench.run("sweep")).tags.items() >= {"budget.trials": "3", "lanes": "2"}.items()
    assert [one.words for one in bench.reconcile() if one.kind is Kind.PARAMETERS] == []


def test_a_look_changes_nothing(bench: Bench) -> None:
    bench.tracker.remove_run(bench.run("trial-1"))
    before = comparable(runs(bench.sweep, bench.tracker))
    bench.reconcile()
    assert comparable(runs(bench.sweep, bench.tracker)) == before


def test_a_run_that_is_gone_is_made_again_as_it_was(bench: Bench) -> None:
    before = comparable(runs(bench.sweep, bench.tracker))
    bench.tracker.remove_run(bench.run("trial-2"))
    bench.tracker.remove_run(bench.run("confirmation-0"))
    assert_mended(bench, (Kind.RUN_MISSING, "trial 2 (bp)"), (Kind.RUN_MISSING, "confirmation of trial 0 (bp)"))
    after = comparable(runs(bench.sweep, bench.tracker))
    assert after.keys() == before.keys()
    assert after["trial-2"] == before["trial-2"]
    assert bench.ledger.outbox.trial_runs(bench.sweep.id)[2] == bench.run("trial-2")


def test_a_sweeps_run_that_is_gone_is_made_again_and_its_trials_are_put_under_it(bench: Bench) -> None:
    bench.tracker.remove_run(bench.run("sweep"))
    assert_mended(bench, (Kind.RUN_MISSING, f"sweep {bench.sweep.id}"))
    found = runs(bench.sweep, bench.tracker)
    assert bench.ledger.sweeps.get(bench.sweep.id).tracking_id == bench.run("sweep")
    assert {run.parent for key, run in found.items() if key != "sweep"} == {bench.run("sweep")}
    assert "networks/bp/network.json" in found["sweep"].files


def test_of_two_runs_the_ledgers_stays(bench: Bench) -> None:
    kept = bench.run("trial-0")
    late = NewRun(group(bench.ledger.sweeps.get(bench.sweep.id)), "trial-0", "bp trial 0", "ada", 1.0)
    bench.tracker.create_run(bench.tracker.open_experiment("default/quickstart"), late)
    assert_mended(bench, (Kind.RUN_TWICE, "trial 0 (bp)"))
    assert bench.run("trial-0") == kept


def test_a_run_of_a_trial_that_the_ledger_has_not_is_removed(bench: Bench) -> None:
    stray = NewRun(group(bench.ledger.sweeps.get(bench.sweep.id)), "trial-99", "bp trial 99", "ada", 1.0)
    bench.tracker.create_run(bench.tracker.open_experiment("default/quickstart"), stray)
    assert_mended(bench, (Kind.RUN_UNKNOWN, "trial-99"))


def test_metrics_that_are_missing_are_written_into_the_run(bench: Bench) -> None:
    run = bench.run("trial-0")
    held = bench.tracker._runs[run].entry
    held.points = [point for point in held.points if (point.name, point.step) != ("train_loss", 2)]
    words = [one.words for one in bench.reconcile()]
    assert words == ["MLflow lacks train_loss of epoch 2"]
    assert_mended(bench, (Kind.METRICS, "trial 0 (bp)"))
    assert bench.run("trial-0") == run, "nothing had to be made anew for it"


def test_metrics_and_parameters_that_differ_make_the_run_anew(bench: Bench) -> None:
    wrong, odd = bench.run("trial-0"), bench.run("trial-3")
    bench.tracker.write(
        wrong, Entry(points=[Point("train_loss", 9.0, 2, 5_000.0), Point("train_loss", 9.0, 7, 5_000.0)])
    )
    bench.tracker._runs[odd].entry.parameters["learning_rate"] = "0.5"
    words = "\n".join(one.words for one in bench.reconcile())
    assert "train_loss of epoch 2 is not what the ledger has" in words
    assert "MLflow has train_loss of epoch 7, which the ledger has not" in words
    assert "learning_rate, which is 0.5 in MLflow and 0.01 in the ledger" in words
    assert_mended(bench, (Kind.METRICS, "trial 0 (bp)"), (Kind.PARAMETERS, "trial 3 (danp)"))
    assert wrong not in bench.found()["trial-0"]


def test_a_state_that_differs_is_said_and_mended(bench: Bench) -> None:
    bench.tracker.end(bench.run("trial-1"), RunStatus.FINISHED, 1.0)
    bench.tracker.write(bench.run("trial-2"), Entry(tags={"state": "completed", "mine": "kept"}))
    assert_mended(bench, (Kind.STATE, "trial 1 (danp)"), (Kind.STATE, "trial 2 (bp)"))
    assert bench.tracker.read(bench.run("trial-2")).tags["mine"] == "kept"


@pytest.mark.parametrize(
    "path", ["report.md", "specification.json", "networks/bp/network.safetensors", "curves/bp.csv"]
)
def test_an_artifact_that_is_missing_or_changed_is_put_back(bench: Bench, path: str) -> None:
    files = bench.tracker._runs[bench.run("sweep")].files
    whole = files.pop(path)
    assert_mended(bench, (Kind.ARTIFACTS, f"sweep {bench.sweep.id}"))
    files[path] = b"changed"
    assert_mended(bench, (Kind.ARTIFACTS, f"sweep {bench.sweep.id}"))
    assert files[path] == whole


def test_what_people_add_to_a_run_is_theirs(bench: Bench) -> None:
    run = bench.run("sweep")
    bench.tracker.write(run, Entry({"mine": "1"}, [Point("mine", 1.0, 1, 1.0)], {"mine": "1"}))
    bench.tracker.attach(run, "mine.txt", b"1")
    assert bench.reconcile() == []


def test_an_unfinished_outbox_is_said_and_delivered(bench: Bench) -> None:
    bench.ledger.outbox.mark_epoch(bench.sweep.id, 0)
    bench.ledger.outbox.mark_trial_state(bench.sweep.id, 0, TrialState.RUNNING)
    bench.ledger.outbox.mark_sweep_state(bench.sweep.id, SweepState.RUNNING)
    assert said(bench.reconcile()) == [(Kind.OUTBOX, f"sweep {bench.sweep.id}")]
    assert_mended(bench, (Kind.OUTBOX, f"sweep {bench.sweep.id}"))
    assert bench.ledger.outbox.is_told(bench.sweep.id)


def test_checkpoints_of_networks_that_are_over_go_unless_they_are_quite_new(bench: Bench) -> None:
    left = bench.checkpoint(MemberKey("search", 0, 0))
    bench.checkpoint(MemberKey("search", 2, 0), touched=4e9)
    half = left.with_name(".search-trial-0-seed-0.safetensors.1234.part")
    half.write_bytes(b"cut off")
    os.utime(half, (LONG_AGO, LONG_AGO))
    assert_mended(bench, (Kind.CHECKPOINT_LEFT, "search-trial-0-seed-0"), (Kind.CHECKPOINT_LEFT, half.name))
    assert list(bench.storage.checkpoints(bench.sweep.id)) == ["search-trial-2-seed-0"]


def test_a_network_that_is_lost_comes_back_from_mlflow_where_it_is_the_one_kept_there(bench: Bench) -> None:
    kept, other = (MemberKey("confirmation", 0, CONFIRMATION_SEEDS_FROM + index) for index in (1, 0))
    folder = bench.storage.network_folder(bench.sweep.id, kept)
    assert folder is not None
    (folder / "network.safetensors").write_bytes(b"damaged")
    assert [one.kind for one in bench.reconcile()] == [Kind.NETWORK_MISSING]
    (folder / "network.json").unlink()
    assert_mended(bench, (Kind.NETWORK_MISSING, str(kept)))
    lost = bench.storage.network_folder(bench.sweep.id, other)
    assert lost is not None
    (lost / "network.json").unlink()
    for _ in range(2):
        (difference,) = bench.reconcile(mend=True)
        assert (difference.can_be_mended, difference.mended) == (False, False)
        assert "it is lost" in difference.words


def test_a_paused_networks_checkpoint_that_is_gone_is_said_with_what_follows(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    paused = BookedSweep(bench.ledger, team="paused")
    paused.trial(0, TrialState.RUNNING, None, epochs=2)
    paused.trial(1, TrialState.RUNNING, None, epochs=2)
    members = {
        (m.phase, m.trial, m.seed): replace(m, state=TrialState.WAITING) for m in bench.ledger.trials.members(paused.id)
    }
    bench.ledger.trials.book(paused.id, paused.attempt, Batch(members=members))
    paused.end(SweepState.PAUSING, SweepState.PAUSED)
    bench.storage.save_checkpoint(paused.id, MemberKey("search", 0, 0), NETWORK, {})
    deliver(paused, bench.tracker, bench.storage)
    sweep = bench.ledger.sweeps.get(paused.id)
    (difference,) = reconcile(bench.ledger, bench.tracker, bench.storage, sweep, True, Event())
    assert (difference.kind, difference.about) == (Kind.CHECKPOINT_MISSING, "search-trial-1-seed-0")
    assert "trains them again from its seed" in difference.words


def test_trials_beyond_or_below_the_budget_and_sums_that_do_not_add_up_are_said(tmp_path: Path) -> None:
    ledger, storage, tracker = open_ledger(tmp_path), Storage(tmp_path / "storage"), MemoryTracker()
    sweep = BookedSweep(ledger, budget={"trials": 1}, replicates=2)
    sweep.trial(0, seeds=(0, 1))
    sweep.trial(1, seeds=(0,))
    sweep.trial(3, seeds=(0, 1))
    with ledger._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET device_seconds = 5 WHERE trial = 0 AND seed = 0")
    found = reconcile(ledger, tracker, storage, ledger.sweeps.get(sweep.id), False, Event())
    assert said(found) == [(Kind.TRIALS, "arm danp"), (Kind.TRIALS, "trial 1"), (Kind.ACCOUNT, "trial 0")]
    assert not any(one.can_be_mended for one in found)


def test_of_a_sweep_that_goes_on_what_is_still_to_be_told_is_no_difference(tmp_path: Path) -> None:
    ledger, storage, tracker = open_ledger(tmp_path), Storage(tmp_path / "storage"), MemoryTracker()
    sweep = BookedSweep(ledger)
    sweep.trial(0)
    sweep.trial(1, TrialState.RUNNING, None, epochs=1)
    deliver(sweep, tracker, storage)
    sweep.epochs("search", 1, 0, upto=3, above=1)
    sweep.end_trial(1, TrialState.COMPLETED, 0.5)
    sweep.trial(2)
    assert reconcile(ledger, tracker, storage, ledger.sweeps.get(sweep.id), False, Event()) == []
    tracker.remove_run(ledger.outbox.trial_runs(sweep.id)[1])
    (gone,) = reconcile(ledger, tracker, storage, ledger.sweeps.get(sweep.id), True, Event())
    assert (gone.kind, gone.about) == (Kind.RUN_MISSING, "trial 1 (danp)")
    deliver(sweep, tracker, storage)
    assert len([point for point in runs(sweep, tracker)["trial-1"].points if point.name == "train_loss"]) == 3


def test_the_tracker_carries_out_what_was_asked_for_once_and_answers_in_the_ledger(bench: Bench) -> None:
    bench.tracker.remove_run(bench.run("trial-2"))
    asked = bench.ledger.reconciliations.ask(bench.sweep.id, mend=False)
    assert asked.ended_at is None
    following = follower(bench.ledger, bench.tracker, bench.storage)
    following.look()
    answer = bench.ledger.reconciliations.get(bench.sweep.id, asked.number)
    assert (answer.total, answer.differences[0]["about"], answer.problem) == (1, "trial 2 (bp)", None)
    following.look()
    follower(bench.ledger, bench.tracker, bench.storage).look()
    kinds = [event.kind for event in bench.ledger.events.after(bench.sweep.id, 0)]
    assert kinds.count("reconciliation.ended") == 1


def test_the_ledger_keeps_what_was_asked_and_answered(desk: Desk) -> None:
    book, sweep_id = desk.ledger.reconciliations, desk.post()
    first, second = book.ask(sweep_id, mend=False), book.ask(sweep_id, mend=True)
    asked, above = book.open(0)
    assert [(one.number, one.mend) for one in asked] == [(first.number, False), (second.number, True)]
    book.end(asked[0], [{"n": n} for n in range(600)])
    assert [one.number for one in book.open(above)[0]] == [second.number]
    answer = book.get(sweep_id, first.number)
    assert (answer.total, len(answer.differences), answer.problem) == (600, 500, None)
    assert book.get(sweep_id, second.number).ended_at is None
    with pytest.raises(NoSuchReconciliation):
        book.get(sweep_id + 1, first.number)


def test_an_unreachable_tracker_is_the_answer(bench: Bench) -> None:
    class Down(MemoryTracker):
        def open_experiment(self, name: str) -> str:
            raise Unreachable(f"no answer about {name}")

    asked = bench.ledger.reconciliations.ask(bench.sweep.id, mend=True)
    follower(bench.ledger, Down(), bench.storage).look()
    answer = bench.ledger.reconciliations.get(bench.sweep.id, asked.number)
    assert answer.problem is not None
    assert "no answer" in answer.problem


def follower(ledger: Ledger, tracker: object, storage: Storage) -> Follower:
    return Follower(ledger, lambda: cast(Tracker, tracker), storage, Event())
