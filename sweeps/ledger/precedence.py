"""The order in which sweeps get the cluster: priorities, and sweeps that give way and come back by themselves."""

import time

from sqlalchemy import Engine, select

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.errors import WrongState
from sweeps.ledger.events import add_event
from sweeps.ledger.moves import change, locked, move, one
from sweeps.ledger.noting import note
from sweeps.ledger.once import made_before, mark
from sweeps.ledger.records import SweepRecord
from sweeps.ledger.tables import sweeps
from sweeps.ledger.versions import check_version
from sweeps.states import FINAL, TRAINING, SweepState


class Precedence:
    """Each is one transaction. Raises NoSuchSweep for a sweep that is not there."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def prioritise(self, sweep_id: int, priority: int) -> SweepRecord:
        """Gives a sweep another priority. Raises WrongState for one that has ended."""
        with self._writing.begin() as connection:
            if made_before(connection) is not None:
                return one(connection, sweep_id)
            sweep = locked(connection, sweep_id)
            check_version(sweep)
            if sweep.state in FINAL:
                raise WrongState(f"sweep {sweep_id} is {sweep.state}: it has no turn to wait for; resume or extend it")
            mark(connection, sweep_id)
            change(connection, sweep_id, {"priority": priority})
            add_event(connection, sweep_id, "sweep.priority", {"priority": priority, "before": sweep.priority})
            note({"priority": sweep.priority}, {"priority": priority})
            return one(connection, sweep_id)

    def give_way(self, sweep_id: int, reason: str) -> bool:
        """Pauses a sweep that trains until its turn comes again; False where it trains no longer."""
        with self._writing.begin() as connection:
            if locked(connection, sweep_id).state not in TRAINING:
                return False
            return move(connection, sweep_id, SweepState.PAUSING, reason, {"preempted_at": time.time()})

    def gave_way(self) -> list[int]:
        """Sweeps that have given way and are paused now."""
        mine = (sweeps.c.preempted_at.is_not(None), sweeps.c.state == SweepState.PAUSED)
        with self._reading.connect() as connection:
            return list(connection.scalars(select(sweeps.c.id).where(*mine)))

    def queue_again(self, sweep_id: int) -> None:
        """Lets a sweep that has given way, and is paused now, wait for its turn."""
        with self._writing.begin() as connection:
            if locked(connection, sweep_id).preempted_at is not None:  # else a person wants it paused
                move(connection, sweep_id, SweepState.QUEUED, None, {"reason": None})
