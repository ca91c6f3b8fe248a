"""How many sweeps of a team may wait."""

from sqlalchemy import Connection, func, select

from sweeps.ledger.errors import QuotaUsedUp
from sweeps.ledger.tables import sweeps, teams
from sweeps.states import SweepState


def check_queue(connection: Connection, team_id: int) -> None:
    """Raises QuotaUsedUp where one more sweep may not wait. Until this transaction ends, the team queues no other."""
    most = connection.scalar(select(teams.c.max_queued).where(teams.c.id == team_id).with_for_update())
    if most is None:
        return
    mine = (sweeps.c.team_id == team_id, sweeps.c.state == SweepState.QUEUED)
    waiting = connection.scalar(select(func.count()).where(*mine)) or 0
    if waiting >= most:
        raise QuotaUsedUp(
            f"{waiting} {'sweep' if waiting == 1 else 'sweeps'} of your team wait in a queue of at most {most}; try "
            "again when one of them has started, stop one, or ask an operator for a larger quota"
        )
