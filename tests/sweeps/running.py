"""Runs sweeps in this process: the real coordinator, lanes, ledger and networks, without Ray between them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from learning import load_data
from sweeps.coordinator import Coordinator
from sweeps.lane import Lane
from sweeps.ledger import Ledger
from sweeps.ledger.records import TrialRecord
from sweeps.outcome import Outcome
from sweeps.places import Places
from sweeps.spec import SweepSpec
from sweeps.states import SweepState
from sweeps.storage import Storage

SPEC: dict[str, Any] = {
    "name": "small",
    "data": "digits",
    "network": {"kind": "dense", "hidden": [8]},
    "training": {"epochs": 4, "batch_size": 100},
    "search": {"sampler": {"name": "grid", "points": 2}},
    "budget": {"trials": 2},
    "confirmation": {"seeds": 2},
    "compare": [{"rule": "bp"}, {"rule": "anp", "decorrelation": True}],
}


class Desk:
    """A ledger and a storage, with one team's administrator."""

    def __init__(self, folder: Path, ledger_url: str | None = None) -> None:
        """`ledger_url`: an empty database, where not SQLite in the folder."""
        self.ledger = Ledger(ledger_url or f"sqlite:///{folder / 'ledger.db'}")
        self.ledger.migrate()
        caller = self.ledger.accounts.caller(self.ledger.accounts.first_admin() or "")
        assert caller is not None
        self._caller = caller
        self.folder = folder
        self.storage = Storage(folder / "storage")

    def post(self, **changes: Any) -> int:
        """Posts SPEC with changes; returns the sweep's id."""
        spec = SweepSpec.model_validate(SPEC | changes)
        posted = self.ledger.sweeps.post(self._caller.team_id, self._caller.user_id, spec.model_dump(mode="json"))
        return posted.id

    def attempt(self, sweep_id: int, ahead: int = 0) -> Coordinator:
        """A new attempt's coordinator; `ahead`: see there."""
        attempt = self.ledger.sweeps.start_attempt(sweep_id)
        self.ledger.sweeps.move(sweep_id, SweepState.RUNNING, attempt=attempt)
        return Coordinator(self.ledger, sweep_id, attempt, ahead)

    def lane(
        self, coordinator: Coordinator, sweep_id: int, number: int = 0, places: int = 3, samples: int | None = None
    ) -> Lane:
        """A lane, registered. `samples`: how much of the training split its node has, where not all."""
        torch.set_num_threads(1)
        data = load_data(coordinator.spec.data, self.folder, "cpu", coordinator.spec.seed)
        if samples is not None:
            data = replace(data, train=data.train.take(torch.arange(samples)))
        return Lane(number, sweep_id, Places(places), data, "cpu", coordinator, self.storage)

    def run(self, sweep_id: int, lanes: int = 1, places: int = 3) -> Coordinator:
        """A sweep from its queue to its end, in one attempt."""
        coordinator = self.attempt(sweep_id)
        finish(coordinator, [self.lane(coordinator, sweep_id, number, places) for number in range(lanes)])
        return coordinator

    def table(self, sweep_id: int) -> list[tuple[object, ...]]:
        """What a sweep found, without what may differ between runs: times, attempts, and measured seconds."""
        trials = [_facts(trial) for trial in self.ledger.trials.page(sweep_id)]
        members = [
            (m.phase, m.trial, m.seed, m.state, m.epoch, m.metrics) for m in self.ledger.trials.members(sweep_id)
        ]
        return [*trials, *members]

    def epochs(self, sweep_id: int) -> list[tuple[object, ...]]:
        """Everything measured, in a fixed order."""
        rows = self.ledger.trials.epochs(sweep_id)
        return sorted((e.phase, e.trial, e.seed, e.epoch, tuple(sorted(e.metrics.items()))) for e in rows)


def finish(coordinator: Coordinator, lanes: list[Lane]) -> Outcome:
    """Steps lanes and coordinator in turn until the end."""
    going = True
    while going:
        going = [lane.step() for lane in lanes].count(True) > 0
        coordinator.tick()
    coordinator.tick()  # what the last lane has said is booked
    assert coordinator.outcome is not None
    return coordinator.outcome


def assert_nearly_equal(left: object, right: object) -> None:
    """Number by number; arithmetic may differ in its last bits where a member's company differed."""
    left_facts, left_numbers = _taken_apart(left)
    right_facts, right_numbers = _taken_apart(right)
    assert left_facts == right_facts
    assert left_numbers == pytest.approx(right_numbers, rel=1e-3, abs=1e-5)


def _taken_apart(value: object) -> tuple[list[object], list[float]]:
    """Everything in a nested value: what must be equal, and the numbers that must be near."""
    if isinstance(value, float):
        return [], [value]
    if not isinstance(value, dict | list | tuple):
        return [value], []
    parts = [_taken_apart(part) for part in (sorted(value.items()) if isinstance(value, dict) else value)]
    return [fact for facts, _ in parts for fact in facts], [number for _, numbers in parts for number in numbers]


def _facts(trial: TrialRecord) -> tuple[object, ...]:
    return (trial.number, trial.arm, trial.state, trial.configuration, trial.value, trial.spread, trial.epoch)
