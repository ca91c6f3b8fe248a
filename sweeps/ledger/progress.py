"""How a sweep gets on, counted: for people who wait and for the reconciler who must give up on a hopeless one."""

from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Select, func, select

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.events import add_event
from sweeps.ledger.moves import check_fence
from sweeps.ledger.records import Phase
from sweeps.ledger.tables import epochs, events, members, trials
from sweeps.states import ENDED, SweepState, TrialState

ATTEMPT_FAILED = "attempt.failed"

_attempt = events.c.data["attempt"].as_integer()


class ProgressLog:
    """Counts over a sweep's rows, and the record of attempts that failed by themselves."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def finished_since(self, sweep_id: int, since: float) -> dict[int, int]:
        """Trials that got an outcome after `since`, by arm."""
        query = (
            select(trials.c.arm, func.count().label("total"))
            .where(trials.c.sweep_id == sweep_id, trials.c.finished_at > since)
            .group_by(trials.c.arm)
        )
        return {row.arm: row.total for row in self._rows(query)}

    def networks(self, sweep_id: int, phase: Phase) -> dict[TrialState, int]:
        """Networks of one phase, by state."""
        query = (
            select(members.c.state, func.count().label("total"))
            .where(members.c.sweep_id == sweep_id, members.c.phase == phase)
            .group_by(members.c.state)
        )
        return {row.state: row.total for row in self._rows(query)}

    def is_trained(self, sweep_id: int, trials_asked: int, confirmation_seeds: int) -> bool:
        """Whether nothing is left to train: all `trials_asked` have an outcome, and so has every confirmation.

        `confirmation_seeds`: networks of each arm's confirmation; an arm without a completed trial has none.
        """
        own = trials.c.sweep_id == sweep_id
        ended = self._count(select(func.count()).where(own, trials.c.state.in_(ENDED)))
        winners = self._count(
            select(func.count(trials.c.arm.distinct())).where(own, trials.c.state == TrialState.COMPLETED)
        )
        confirmed = sum(count for state, count in self.networks(sweep_id, "confirmation").items() if state.is_final)
        return ended >= trials_asked and confirmed >= winners * confirmation_seeds

    def note_failed_attempt(self, sweep_id: int, attempt: int) -> None:
        """Writes, once, that the driver of the newest attempt ended by itself though the sweep had not ended.

        Raises FencedOut for an attempt that is not the newest.
        """
        with self._writing.begin() as connection:
            check_fence(connection, sweep_id, attempt)
            noted = connection.scalars(_failures(sweep_id, _attempt))
            if attempt not in noted.all():
                add_event(connection, sweep_id, ATTEMPT_FAILED, {"attempt": attempt})

    def failed_attempts(self, sweep_id: int, before: int) -> int:
        """Attempts before attempt `before` that were noted as failed after the newest epoch was booked.

        Those from before a person queued the sweep again are forgiven.
        """
        newest = select(func.coalesce(func.max(epochs.c.at), 0.0)).where(epochs.c.sweep_id == sweep_id)
        queued = select(func.max(events.c.id)).where(
            events.c.sweep_id == sweep_id,
            events.c.kind == "sweep.state",
            events.c.data["state"].as_string() == SweepState.QUEUED,
        )
        earlier = _failures(sweep_id, func.count()).where(_attempt < before)
        earlier = earlier.where(events.c.at > newest.scalar_subquery())
        with self._reading.connect() as connection:
            since = connection.scalar(queued) or 0
        return self._count(earlier.where(events.c.id > since))

    def _count(self, query: Select[int]) -> int:
        with self._reading.connect() as connection:
            return connection.scalar(query) or 0

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with self._reading.connect() as connection:
            return list(connection.execute(query).all())


def _failures(sweep_id: int, column: ColumnElement[int]) -> Select[int]:
    return select(column).where(events.c.sweep_id == sweep_id, events.c.kind == ATTEMPT_FAILED)
