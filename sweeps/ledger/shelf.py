"""What people keep beside a sweep, labels, a note, the archive, and how they part with it for good."""

import time
from typing import Any, TypedDict

from sqlalchemy import Connection, Engine, delete, func, insert, select

from sweeps.ledger.engine import Writer
from sweeps.ledger.errors import WrongState
from sweeps.ledger.events import add_event
from sweeps.ledger.moves import change, locked, one
from sweeps.ledger.noting import note, of_sweep
from sweeps.ledger.plain import plain_text
from sweeps.ledger.records import SweepRecord
from sweeps.ledger.tables import epochs, events, inherited, members, removals, stints, sweeps, teams, trials
from sweeps.ledger.versions import check_version
from sweeps.states import FINAL

CHILDREN_FIRST = (epochs, stints, members, trials, inherited, events)
"""One statement each: left to cascades, every single trial's rows would be looked for among all of the sweep's."""


class Changes(TypedDict, total=False):
    """What is to become other; what is left out stays."""

    labels: list[str]
    note: str | None
    archived: bool


class Shelf:
    """Each is one transaction. Raises NoSuchSweep for a sweep that is not there, ChangedMeanwhile where it is
    not as the caller saw it."""

    def __init__(self, engine: Engine) -> None:
        self._writing = Writer(engine)

    def change(self, sweep_id: int, changes: Changes) -> SweepRecord:
        """Changes labels, note and archive. Raises WrongState where a sweep that has not ended shall be archived."""
        values = _values(changes)
        with self._writing.begin() as connection:
            sweep = locked(connection, sweep_id)
            check_version(sweep)
            if changes.get("archived") and sweep.state not in FINAL:
                raise WrongState(
                    f"sweep {sweep_id} is {sweep.state}; only one that has ended can be archived: stop it first"
                )
            if changes.get("archived") and sweep.archived_at is not None:
                del values["archived_at"]  # it is there since then
            if values:
                change(connection, sweep_id, values)
                add_event(connection, sweep_id, "sweep.changed", dict(changes))
                note(of_sweep(sweep), of_sweep(one(connection, sweep_id)))
            return one(connection, sweep_id)

    def remove(self, sweep_id: int, keep_runs: bool = False) -> None:
        """Deletes a sweep that has ended, with its trials, epochs and events; its files and runs are noted for removal.

        Raises WrongState for one that has not ended.
        """
        with self._writing.begin() as connection:
            sweep = locked(connection, sweep_id)
            check_version(sweep)
            if sweep.state not in FINAL:
                raise WrongState(
                    f"sweep {sweep_id} is {sweep.state}; only one that has ended can be deleted: stop it first"
                )
            connection.execute(insert(removals).values(_removal(connection, sweep) | {"keep_runs": keep_runs}))
            for table in CHILDREN_FIRST:
                connection.execute(delete(table).where(table.c.sweep_id == sweep_id))
            connection.execute(delete(sweeps).where(sweeps.c.id == sweep_id))
            note({"name": sweep.name}, {})


def _values(changes: Changes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "labels" in changes:
        values["labels"] = list(dict.fromkeys(changes["labels"]))
    if "note" in changes:
        values["note"] = plain_text(changes["note"]) if changes["note"] else None
    if "archived" in changes:
        values["archived_at"] = time.time() if changes["archived"] else None
    return values


def _removal(connection: Connection, sweep: SweepRecord) -> dict[str, Any]:
    """What is remembered: where its runs are, and what it used, which the team has used for ever."""
    trained = func.count().filter(members.c.epoch > 0)
    used = select(trained, func.coalesce(func.sum(members.c.device_seconds), 0.0))
    networks, seconds = connection.execute(used.where(members.c.sweep_id == sweep.id)).one()
    team = connection.scalar(select(teams.c.name).where(teams.c.id == sweep.team_id))
    return {
        "sweep_id": sweep.id,
        "team_id": sweep.team_id,
        "user_id": sweep.user_id,
        "experiment": f"{team}/{sweep.name}",
        "created_at": sweep.created_at,
        "finished_at": sweep.finished_at,
        "removed_at": time.time(),
        "networks": networks,
        "device_seconds": seconds,
    }
