"""What a list shows of each sweep beside its header, for one page of sweeps at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, ScalarSelect, UnaryExpression, func, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.records import SweepHeader
from sweeps.ledger.tables import sweeps, trials, users
from sweeps.states import SweepState, TrialState

ENDED = [state for state in TrialState if state.is_final]


@dataclass(frozen=True)
class Glance:
    """One sweep, beside its header."""

    owner: str
    """Who posted it."""
    spec: dict[str, Any]
    ended: int | None
    """Trials that have an outcome; None for a completed sweep, where all have."""
    lowest: float | None
    """Of the values of completed trials."""
    highest: float | None


class Glances:
    """Reads so little of each sweep that a page of large ones costs no more than one of small ones, once complete."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def at(self, headers: Sequence[SweepHeader]) -> dict[int, Glance]:
        """By id; a sweep that was deleted meanwhile is left out."""
        ids = [one.id for one in headers]
        going = [one.id for one in headers if one.state is not SweepState.COMPLETED]
        columns = (sweeps.c.id, users.c.name.label("owner"), sweeps.c.spec)
        best = (_first(trials.c.value.asc()).label("lowest"), _first(trials.c.value.desc()).label("highest"))
        query = select(*columns, *best).join(users, users.c.id == sweeps.c.user_id).where(sweeps.c.id.in_(ids))
        counted = select(trials.c.sweep_id, func.count().label("ended")).where(trials.c.state.in_(ENDED))
        counted = counted.where(trials.c.sweep_id.in_(going)).group_by(trials.c.sweep_id)
        with self._reading.connect() as connection:
            ended = {row.sweep_id: row.ended for row in connection.execute(counted)}
            return {
                row.id: Glance(
                    row.owner, row.spec, ended.get(row.id, 0) if row.id in going else None, row.lowest, row.highest
                )
                for row in connection.execute(query)
            }


def _first(order: UnaryExpression[Any]) -> ScalarSelect[Any]:
    """The first completed trial's value in this order, found by the index of values."""
    found = select(trials.c.value).where(trials.c.sweep_id == sweeps.c.id, trials.c.value.is_not(None))
    return found.where(trials.c.state == TrialState.COMPLETED).order_by(order).limit(1).scalar_subquery()
