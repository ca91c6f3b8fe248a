"""What a deleted sweep leaves behind, cleared away: its files in the storage, its runs at the tracker.

The ledger remembers each deletion until all of that is gone, so it is carried out however long MLflow is down.
"""

import logging
import time
from collections.abc import Callable
from threading import Event

from sweeps.ledger import Ledger
from sweeps.ledger.records import Removal
from sweeps.storage import Storage
from sweeps.tracking.entries import group_of
from sweeps.tracking.tracker import Refused, Tracker, Unreachable

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
"""After a failure."""
LONGEST_SECONDS = 2.0
"""Of one look: the sweeps that go on are told in between."""


class Remover:
    """Clears away after deleted sweeps, a part at each look."""

    def __init__(self, ledger: Ledger, connect: Callable[[], Tracker], storage: Storage, stop: Event) -> None:
        self._ledger = ledger
        self._connect = connect
        self._storage = storage
        self._stop = stop
        self._due_at = 0.0
        self._problem: str | None = None
        self._runs: dict[int, list[str]] = {}  # what is left of each sweep's, as far as it was looked for

    def look(self) -> None:
        """Does what has become due; whatever goes wrong is tried again."""
        if time.monotonic() < self._due_at:
            return
        until = time.monotonic() + LONGEST_SECONDS
        for removal in self._ledger.removals.unsettled():
            try:
                self._storage.remove_sweep(removal.sweep_id)
                is_done = removal.keep_runs or self._remove_runs(removal, until)
            except (
                Exception
            ) as error:  # MLflow or the storage is away, or worse: deliveries go on, and this is repeated
                self._put_off(removal, error)
                return
            self._problem = None
            if not is_done:
                return
            self._ledger.removals.settle(removal.sweep_id)
            self._runs.pop(removal.sweep_id, None)
            log.info("sweep %d was deleted: nothing of it is left", removal.sweep_id)

    def _remove_runs(self, removal: Removal, until: float) -> bool:
        """Removes the sweep's runs; False where there was no time for all."""
        tracker = self._connect()
        if removal.sweep_id not in self._runs:
            experiment = tracker.open_experiment(removal.experiment)
            found = tracker.find_runs(experiment, group_of(removal.sweep_id, removal.created_at))
            self._runs[removal.sweep_id] = [run for runs in found.values() for run in runs]
        left = self._runs[removal.sweep_id]
        while left:
            if self._stop.is_set() or time.monotonic() > until:
                return False
            try:
                tracker.remove_run(left[-1])
            except Refused as error:
                log.warning("run %s of deleted sweep %d stays: %s", left[-1], removal.sweep_id, error)
            left.pop()
        return True

    def _put_off(self, removal: Removal, error: Exception) -> None:
        self._due_at = time.monotonic() + AGAIN_SECONDS
        self._runs.pop(removal.sweep_id, None)
        if self._problem != str(error):
            trace = None if isinstance(error, Unreachable) else error
            log.warning("deleted sweep %d is cleared away later: %s", removal.sweep_id, error, exc_info=trace)
        self._problem = str(error)
