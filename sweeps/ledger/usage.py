"""Device seconds by arm, sweep and team: each the sum over its networks, in the search and in the confirmation.

A team has used what its deleted sweeps used, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, and_, func, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.tables import members, removals, sweeps, trials, users

_SECONDS = func.coalesce(func.sum(members.c.device_seconds), 0.0)


@dataclass(frozen=True)
class SweepUsage:
    """What one sweep has used."""

    sweep_id: int
    user: str
    """Who posted it."""
    networks: int
    """Networks that were trained for at least one epoch."""
    device_seconds: float


class Usage:
    """Reads accounts; they are written with the networks that they are of."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def by_arm(self, sweep_id: int) -> dict[int, float]:
        """Device seconds of each arm that has a trial."""
        same = and_(trials.c.sweep_id == members.c.sweep_id, trials.c.number == members.c.trial)
        query = select(trials.c.arm, _SECONDS.label("seconds")).join(members, same)
        return {row.arm: row.seconds for row in self._rows(query.where(trials.c.sweep_id == sweep_id).group_by("arm"))}

    def by_sweep(self, sweep_ids: Sequence[int]) -> dict[int, float]:
        """Device seconds of each of these sweeps that has a network."""
        query = select(members.c.sweep_id, _SECONDS.label("seconds")).where(members.c.sweep_id.in_(sweep_ids))
        return {row.sweep_id: row.seconds for row in self._rows(query.group_by(members.c.sweep_id))}

    def of_team(self, team_id: int, since: float) -> list[SweepUsage]:
        """Every sweep that the team has posted since then, oldest first; also those that were deleted."""
        trained = func.count().filter(members.c.epoch > 0).label("networks")
        query = (
            select(sweeps.c.id, users.c.name, trained, _SECONDS.label("seconds"))
            .join(users, users.c.id == sweeps.c.user_id)
            .outerjoin(members, members.c.sweep_id == sweeps.c.id)
            .where(sweeps.c.team_id == team_id, sweeps.c.created_at >= since)
            .group_by(sweeps.c.id, users.c.name)
            .order_by(sweeps.c.id)
        )
        deleted = (
            select(removals.c.sweep_id.label("id"), users.c.name, removals.c.networks, removals.c.device_seconds)
            .join(users, users.c.id == removals.c.user_id)
            .where(removals.c.team_id == team_id, removals.c.created_at >= since)
        )
        found = [SweepUsage(*tuple(row)) for row in (*self._rows(query), *self._rows(deleted))]
        return sorted(found, key=lambda one: one.sweep_id)

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with self._reading.connect() as connection:
            return list(connection.execute(query).all())
