"""How a sweep that has ended, or is paused, comes to life again, and with it trials that had ended badly."""

from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, update

from sweeps.ledger.moves import move
from sweeps.ledger.queue_quota import check_queue
from sweeps.ledger.records import SweepRecord
from sweeps.ledger.tables import epochs, members, sweeps, trials
from sweeps.states import FINAL, SweepState, TrialState

HAS_NO_END = {
    "reason": None,
    "finished_at": None,
    "stop_requested_at": None,
    "report": None,
    "archived_at": None,
}
"""A sweep that is queued again has not ended, and lies in no archive."""


def queue_again(connection: Connection, sweep: SweepRecord, states: tuple[TrialState, ...]) -> None:
    """Queues a sweep again; where it has ended, trials and networks that ended in one of the states begin again.

    Raises QuotaUsedUp where as many of the team's sweeps wait as may.
    """
    check_queue(connection, sweep.team_id)
    if sweep.state in FINAL:
        revive(connection, sweep.id, states)
    queue_revived(connection, sweep.id)


def queue_revived(connection: Connection, sweep_id: int) -> None:
    """Queues a sweep again whose trials are as they are to be."""
    move(connection, sweep_id, SweepState.QUEUED, None, HAS_NO_END)


def revive(connection: Connection, sweep_id: int, states: tuple[TrialState, ...]) -> None:
    """Lets trials and networks that ended in one of these states begin again; what they measured is forgotten.

    The seconds that they took stay in the account. A network whose checkpoint is still there goes on from it.
    """
    ended = members.c.state.in_(states)
    theirs = exists().where(
        ended,
        members.c.sweep_id == epochs.c.sweep_id,
        members.c.phase == epochs.c.phase,
        members.c.trial == epochs.c.trial,
        members.c.seed == epochs.c.seed,
    )
    connection.execute(delete(epochs).where(epochs.c.sweep_id == sweep_id, theirs))
    anew: dict[str, Any] = {"state": TrialState.WAITING, "epoch": 0, "reason": None}
    connection.execute(
        update(members).where(members.c.sweep_id == sweep_id, ended).values(anew | {"metrics": None, "failures": 0})
    )
    outcome = ("value", "spread", "finished_at", "told", "objectives", "tracked_state")
    unended = anew | dict.fromkeys(outcome)
    connection.execute(update(trials).where(trials.c.sweep_id == sweep_id, trials.c.state.in_(states)).values(unended))
    _forget_delivery_of_freed_ids(connection, sweep_id)


def _forget_delivery_of_freed_ids(connection: Connection, sweep_id: int) -> None:
    """SQLite gives the ids of deleted epochs away again: the mark of what was delivered must not lie above them."""
    newest = connection.scalar(select(func.coalesce(func.max(epochs.c.id), 0))) or 0
    mine = update(sweeps).where(sweeps.c.id == sweep_id, sweeps.c.tracked_epoch > newest)
    connection.execute(mine.values(tracked_epoch=newest))
