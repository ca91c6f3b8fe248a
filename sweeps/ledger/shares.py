"""What teams may have of the cluster, and what they had."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, or_, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.lane_quota import wanted_lanes
from sweeps.ledger.records import Quota, SweepClaim
from sweeps.ledger.tables import epochs, members, removals, sweeps, teams
from sweeps.states import SweepState


class Shares:
    """Reads; an operator sets quotas through the accounts."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def quotas(self) -> dict[int, Quota]:
        """Every team's."""
        query = select(teams.c.id, teams.c.weight, teams.c.max_lanes, teams.c.max_queued, teams.c.max_device_hours)
        with self._reading.connect() as connection:
            return {row[0]: Quota(*row[1:]) for row in connection.execute(query)}

    def claims(self, states: Sequence[SweepState]) -> list[SweepClaim]:
        """Every team's sweeps in these states, oldest first, without what makes them large."""
        columns = (sweeps.c.id, sweeps.c.team_id, sweeps.c.state, sweeps.c.priority)
        query = (
            select(*columns, sweeps.c.spec["lanes"].as_string(), sweeps.c.preempted_at.is_not(None))
            .where(sweeps.c.state.in_(states))
            .order_by(sweeps.c.id)
        )
        with self._reading.connect() as connection:
            rows = connection.execute(query).all()
        return [
            SweepClaim(sweep, team, state, priority, wanted_lanes(lanes), gave_way)
            for sweep, team, state, priority, lanes, gave_way in rows
        ]

    def spent(self, since: float) -> dict[int, float]:
        """Device seconds since then, of each team that had any.

        What a sweep spent that was at work before, too, is shared out by its epochs; where it was deleted, all counts.
        """
        spent: dict[int, float] = {}
        with self._reading.connect() as connection:
            for sweep, team, created_at, seconds in connection.execute(_used(since)).all():
                part = 1.0 if created_at >= since else _part_of_epochs(connection, sweep, since)
                spent[team] = spent.get(team, 0.0) + seconds * part
            for team, seconds in connection.execute(_used_by_deleted(since)).all():
                spent[team] = spent.get(team, 0.0) + seconds
        return spent


def _used(since: float) -> Select[Any]:
    return (
        select(sweeps.c.id, sweeps.c.team_id, sweeps.c.created_at, func.sum(members.c.device_seconds))
        .join(members, members.c.sweep_id == sweeps.c.id)
        .where(or_(sweeps.c.finished_at.is_(None), sweeps.c.finished_at >= since))
        .group_by(sweeps.c.id, sweeps.c.team_id, sweeps.c.created_at)
    )


def _used_by_deleted(since: float) -> Select[Any]:
    used = select(removals.c.team_id, func.sum(removals.c.device_seconds))
    return used.where(removals.c.finished_at >= since).group_by(removals.c.team_id)


def _part_of_epochs(connection: Connection, sweep: int, since: float) -> float:
    later = func.count().filter(epochs.c.at >= since)
    recent, total = connection.execute(select(later, func.count()).where(epochs.c.sweep_id == sweep)).one()
    return float(recent / total) if total else 0.0
