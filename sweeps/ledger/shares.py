"""What teams may have of the cluster, and what they had."""

from collections.abc import Sequence

from sqlalchemy import Engine, func, or_, select

from sweeps.ledger.engine import Reader
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
        query = (
            select(sweeps.c.id, sweeps.c.team_id, sweeps.c.state, sweeps.c.priority, sweeps.c.spec["lanes"].as_string())
            .where(sweeps.c.state.in_(states))
            .order_by(sweeps.c.id)
        )
        with self._reading.connect() as connection:
            rows = connection.execute(query).all()
        return [
            SweepClaim(sweep, team, SweepState(state), priority, None if lanes in (None, "auto") else int(lanes))
            for sweep, team, state, priority, lanes in rows
        ]

    def spent(self, since: float) -> dict[int, float]:
        """Device seconds since then, of each team that had any.

        What a sweep spent that was at work before, too, is shared out by its epochs; where it was deleted, all of it
        counts.
        """
        whole = (
            select(sweeps.c.id, sweeps.c.team_id, sweeps.c.created_at, func.sum(members.c.device_seconds))
            .join(members, members.c.sweep_id == sweeps.c.id)
            .where(or_(sweeps.c.finished_at.is_(None), sweeps.c.finished_at >= since))
            .group_by(sweeps.c.id, sweeps.c.team_id, sweeps.c.created_at)
        )
        deleted = (
            select(removals.c.team_id, func.sum(removals.c.device_seconds))
            .where(removals.c.finished_at >= since)
            .group_by(removals.c.team_id)
        )
        spent: dict[int, float] = {}
        with self._reading.connect() as connection:
            for sweep, team, created_at, seconds in connection.execute(whole).all():
                part = 1.0
                if created_at < since:
                    later = func.count().filter(epochs.c.at >= since)
                    mine = select(later, func.count()).where(epochs.c.sweep_id == sweep)
                    recent, total = connection.execute(mine).one()
                    part = recent / total if total else 0.0
                spent[team] = spent.get(team, 0.0) + seconds * part
            for team, seconds in connection.execute(deleted):
                spent[team] = spent.get(team, 0.0) + seconds
        return spent
