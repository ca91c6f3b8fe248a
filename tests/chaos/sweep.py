"""The sweep that is disturbed, and what is counted when it is over."""

from collections import Counter
from typing import Any

from sweeps.ledger import Ledger
from sweeps.ledger.records import EpochRecord, MemberRecord, TrialRecord
from sweeps.states import SweepState, TrialState
from sweeps.tracking.entries import group
from sweeps.tracking.tracker import RunStatus, Tracker

SWEEP: dict[str, Any] = {
    "name": "disturbed",
    "data": {"name": "teacher", "task": "regression", "inputs": 32, "outputs": 8, "samples": 2000},
    "network": {"kind": "dense", "hidden": [64, 64]},
    "training": {"epochs": 120, "batch_size": 40, "loss": "squared_error"},
    "search": {"sampler": {"name": "grid", "points": 2}},
    "budget": {"trials": 4},
    "confirmation": {"seeds": 2},
    "trials_per_lane": 2,
    "compare": [{"rule": "anp"}, {"rule": "np", "decorrelation": True, "fixed": {"decorrelation_rate": 1e-3}}],
}
"""Sizes that four divides, those of the splits too: on one thread every network is the same to the bit, whatever its
lane and neighbours."""

TRIALS: int = len(SWEEP["compare"]) * SWEEP["budget"]["trials"]
CONFIRMED: int = len(SWEEP["compare"]) * SWEEP["confirmation"]["seeds"]
EPOCHS: int = (TRIALS + CONFIRMED) * SWEEP["training"]["epochs"]
"""Epochs that a whole sweep books."""

Table = tuple[list[tuple[object, ...]], ...]


def table(ledger: Ledger, sweep_id: int) -> Table:
    """All that a sweep found, number by number, without what may differ between runs: times and measured seconds."""
    return (
        [_trial(trial) for trial in ledger.trials.page(sweep_id)],
        [_member(member) for member in ledger.trials.members(sweep_id)],
        sorted(_epoch(epoch) for epoch in ledger.trials.epochs(sweep_id)),
    )


def assert_nothing_lost_or_counted_twice(ledger: Ledger, sweep_id: int) -> None:
    """The whole budget, each trial with one outcome that was told once, each epoch of each network once."""
    sweep = ledger.sweeps.get(sweep_id)
    assert sweep.state is SweepState.COMPLETED, (sweep.state, sweep.reason)
    trials = ledger.trials.page(sweep_id)
    assert [trial.number for trial in trials] == list(range(TRIALS)), "lost or doubled trials"
    assert {trial.state for trial in trials} == {TrialState.COMPLETED}, [(t.number, t.state, t.reason) for t in trials]
    members = Counter((member.phase, member.state) for member in ledger.trials.members(sweep_id))
    assert members == {("search", "completed"): TRIALS, ("confirmation", "completed"): CONFIRMED}
    booked = Counter((e.phase, e.trial, e.seed, e.epoch) for e in ledger.trials.epochs(sweep_id))
    assert len(booked) == EPOCHS
    assert set(booked.values()) == {1}
    told = ledger.events.after(sweep_id, 0, limit=10_000)
    ends = Counter(event.data["number"] for event in told if event.kind == "trial.finished")
    assert ends == dict.fromkeys(range(TRIALS), 1), "an outcome was told more or less than once"
    report = ledger.sweeps.report(sweep_id)
    assert report is not None
    assert report["state"] == "completed"


def assert_told_once(ledger: Ledger, tracker: Tracker, sweep_id: int) -> None:
    """One run a trial in MLflow, ended, with every epoch once."""
    sweep = ledger.sweeps.get(sweep_id)
    team, _ = ledger.outbox.owner(sweep_id)
    runs = tracker.find_runs(tracker.open_experiment(f"{team}/{sweep.name}"), group(sweep))
    assert all(len(ids) == 1 for ids in runs.values()), runs
    trials = {f"trial-{number}" for number in range(TRIALS)}
    assert trials | {"sweep"} <= set(runs), sorted(runs)
    for key in trials:
        run = tracker.read(runs[key][0])
        steps = [point.step for point in run.points if point.name == "validation_loss"]
        assert steps == list(range(1, SWEEP["training"]["epochs"] + 1)), (key, steps)
        assert run.status is RunStatus.FINISHED, key


def _trial(trial: TrialRecord) -> tuple[object, ...]:
    values = tuple(sorted(trial.configuration.items()))
    return (trial.number, trial.arm, trial.arm_number, trial.state, values, trial.value, trial.spread, trial.epoch)


def _member(member: MemberRecord) -> tuple[object, ...]:
    metrics = tuple(sorted((member.metrics or {}).items()))
    return (member.phase, member.trial, member.seed, member.state, member.epoch, metrics)


def _epoch(epoch: EpochRecord) -> tuple[object, ...]:
    return (epoch.phase, epoch.trial, epoch.seed, epoch.epoch, tuple(sorted(epoch.metrics.items())))
