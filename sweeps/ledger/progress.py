"""How a sweep gets on, counted: for people who wait and for the reconciler who must give up on a hopeless one."""

from typing import Any

from sqlalchemy import Engine, Row, Select, func, select

from sweeps.ledger.records import Phase
from sweeps.ledger.tables import epochs, events, members, trials
from sweeps.states import SweepState, TrialState


class ProgressLog:
    """Counts over a sweep's rows; writes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._reading = engine

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
        return {TrialState(row.state): row.total for row in self._rows(query)}

    def fruitless_attempts(self, sweep_id: int) -> int:
        """Attempts that began after the newest epoch was booked: those that have measured nothing so far."""
        newest = select(func.coalesce(func.max(epochs.c.at), 0.0)).where(epochs.c.sweep_id == sweep_id)
        starts = (
            select(func.count().label("total"))
            .where(events.c.sweep_id == sweep_id, events.c.kind == "sweep.state")
            .where(events.c.data["state"].as_string() == SweepState.STARTING)
            .where(events.c.at > newest.scalar_subquery())
        )
        return int(self._rows(starts)[0].total)

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with self._reading.connect() as connection:
            return list(connection.execute(query))
