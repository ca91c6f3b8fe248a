"""The sweep that is drawn: its records, read from the ledger when a figure asks for them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sweeps.arm_colours import ArmStyle, arm_style
from sweeps.figures.words import labels
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord, TrialRecord
from sweeps.space import Dimension
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from sweeps.winner import best_trial

LOST = (TrialState.DIVERGED, TrialState.FAILED)
"""Ended without a value that means anything."""


@dataclass(frozen=True)
class DrawnArm:
    """One arm with its trials, by number."""

    index: int
    name: str
    label: str
    """The name as Plotly shows it."""
    space: dict[str, Dimension]
    trials: Sequence[TrialRecord]
    maximise: bool

    @property
    def style(self) -> ArmStyle:
        return arm_style(self.index)

    @property
    def named(self) -> dict[str, Any]:
        """For a trace: all of an arm's are switched together."""
        return {"name": self.label, "legendgroup": f"arm {self.index}"}

    @cached_property
    def completed(self) -> list[TrialRecord]:
        """Those that count: completed, with a finite value."""
        return [trial for trial in self.trials if trial.state is TrialState.COMPLETED and is_finite(trial.value)]

    @cached_property
    def pruned(self) -> list[TrialRecord]:
        """Those that were stopped early; their values were measured after fewer epochs."""
        return [trial for trial in self.trials if trial.state is TrialState.PRUNED and is_finite(trial.value)]

    @cached_property
    def lost(self) -> list[TrialRecord]:
        return [trial for trial in self.trials if trial.state in LOST]

    @property
    def values(self) -> list[float]:
        """Of those that have one."""
        return [number(trial.value) for trial in (*self.completed, *self.pruned)]

    @cached_property
    def best(self) -> TrialRecord | None:
        return best_trial(self.trials, self.maximise)


@dataclass(frozen=True)
class Subject:
    """A sweep, or those of its arms that are asked for."""

    ledger: Ledger
    sweep: SweepRecord
    spec: SweepSpec
    chosen: tuple[int, ...]
    """The places in `compare` of the arms that are drawn."""
    columns: int
    """Panels beside each other, where a figure has several."""

    @property
    def metric(self) -> str:
        return self.spec.metric

    @property
    def maximise(self) -> bool:
        return self.spec.maximise

    @cached_property
    def arms(self) -> list[DrawnArm]:
        """In the specification's order."""
        trials: dict[int, list[TrialRecord]] = {index: [] for index in self.chosen}
        for trial in self.ledger.trials.page(self.sweep.id):
            if trial.arm in trials:
                trials[trial.arm].append(trial)
        return [self._arm(index, trials[index]) for index in self.chosen]

    def _arm(self, index: int, trials: list[TrialRecord]) -> DrawnArm:
        entry = self.spec.compare[index]
        return DrawnArm(index, entry.label(), self.labels[index], entry.space, trials, self.maximise)

    @cached_property
    def labels(self) -> list[str]:
        """Of all arms in `compare`, so that one is called the same whichever are drawn."""
        return labels([arm.label() for arm in self.spec.compare])

    @cached_property
    def started_at(self) -> float:
        """When its first trial began, or else the sweep."""
        starts = [trial.started_at for arm in self.arms for trial in arm.trials if trial.started_at is not None]
        return min(starts, default=self.sweep.started_at or self.sweep.created_at)

    def waits(self, wanted: str, because: str = "") -> str:
        """Why there is nothing yet, from the sweep's state; `wanted`: what is missing, `because`: what makes it."""
        why = f" {because}" if because else ""
        if self.sweep.state.is_final:
            return f"Nothing to draw: this sweep is {self.sweep.state.value} and has no {wanted}.{why}"
        return f"Nothing to draw yet: no {wanted} so far.{why} The sweep is {self.sweep.state.value}."


def is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def number(value: float | None) -> float:
    """A value that is known to be there."""
    assert value is not None
    return value
