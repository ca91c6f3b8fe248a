"""Runs one schedule: posts the sweep, kills what the schedule says, waits until everything is over and well again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from sweeps.ledger.errors import LedgerUnreachable
from sweeps.ledger.records import SweepRecord
from tests.chaos.schedule import Kill, Schedule
from tests.chaos.stack import Stack, Struck
from tests.chaos.sweep import EPOCHS, SWEEP

PATIENCE_SECONDS = 400.0
"""On a machine that does much else at the same time."""
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Recovery:
    """What one kill cost: seconds until the part was there again and a result was booked after that."""

    kind: str
    seconds: float
    is_alone: bool
    """Whether nothing else was killed meanwhile."""


@dataclass(frozen=True)
class Disturbed:
    """A sweep that is over."""

    sweep_id: int
    recoveries: list[Recovery]


def disturb(stack: Stack, schedule: Schedule) -> Disturbed:
    """Raises AssertionError where the sweep does not come to its end, with all parts there again."""
    with stack.client() as client:
        run = _Run(stack, schedule, client.submit(SWEEP | {"lanes": schedule.lanes}).id)
    for kill in schedule.kills:
        run.strike(kill)
    run.wait(lambda: run.is_over and run.is_well)
    return Disturbed(run.sweep_id, run.recoveries())


def wait_until_told(stack: Stack, sweep_id: int) -> None:
    """Returns when MLflow has heard of everything."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not stack.ledger.outbox.is_delivered(sweep_id):
        assert time.monotonic() < deadline, f"MLflow did not hear of sweep {sweep_id} in {PATIENCE_SECONDS:.0f} s"
        time.sleep(LOOK_SECONDS)


class _Run:
    """One sweep under fire: its results as they are booked, and the parts that were killed."""

    def __init__(self, stack: Stack, schedule: Schedule, sweep_id: int) -> None:
        self.sweep_id = sweep_id
        self._stack = stack
        self._schedule = schedule
        self._deadline = time.monotonic() + PATIENCE_SECONDS
        self._sweep: SweepRecord | None = None
        self._booked_at: list[float] = []
        self._newest = 0
        self._struck: list[Struck] = []

    def strike(self, kill: Kill) -> None:
        """Kills at the moment that was drawn; what is not there just then, as soon as it is. Not after the end."""
        self.wait(lambda: self.is_over or self._progress >= kill.progress)
        moment = time.monotonic() + kill.delay
        self.wait(lambda: self.is_over or time.monotonic() >= moment)
        self.wait(lambda: self.is_over or self._hits(kill))

    def wait(self, reached: Callable[[], bool]) -> None:
        while not reached():
            assert time.monotonic() < self._deadline, (
                f"{self._schedule}: sweep {self.sweep_id} goes on after {PATIENCE_SECONDS:.0f} s, {self._standing()}"
            )
            time.sleep(LOOK_SECONDS)
            self._look()

    @property
    def is_over(self) -> bool:
        return self._sweep is not None and self._sweep.state.is_final

    @property
    def is_well(self) -> bool:
        """Whether everything is there again that is there without a sweep."""
        return all(one.back_at is not None for one in self._struck if one.is_lasting)

    def recoveries(self) -> list[Recovery]:
        moments = [one.at for one in self._struck]
        found = []
        for one in self._struck:
            end = self._recovered_at(one)
            alone = not any(one.at < moment < end for moment in moments)
            found.append(Recovery(one.kind, end - one.at, alone))
        return found

    def _standing(self) -> str:
        missing = [one.kind for one in self._struck if one.is_lasting and one.back_at is None]
        if self._sweep is None:
            return f"never seen, missing {missing}"
        return (
            f"{self._sweep.state} ({self._sweep.reason}) in attempt {self._sweep.attempt}, "
            f"{self._progress:.0%} of the epochs booked, missing {missing}"
        )

    @property
    def _progress(self) -> float:
        return len(self._booked_at) / EPOCHS

    def _hits(self, kill: Kill) -> bool:
        struck = self._stack.kill(kill.kind)
        if struck is not None:
            self._struck.append(struck)
        return struck is not None

    def _look(self) -> None:
        for one in self._struck:
            one.look()
        try:
            for epoch in self._stack.ledger.trials.epochs(self.sweep_id, after=self._newest):
                self._newest = epoch.id
                self._booked_at.append(epoch.at)
            self._sweep = self._stack.ledger.sweeps.get(self.sweep_id)
        except (SQLAlchemyError, LedgerUnreachable):
            return  # the ledger itself was killed

    def _recovered_at(self, one: Struck) -> float:
        """At the latest when the sweep ended: what only a sweep needs may not have been needed any more."""
        assert self._sweep is not None
        ended = self._sweep.finished_at or one.at
        back: float = one.back_at or ended
        return max(back, next((at for at in self._booked_at if at > back), ended))
