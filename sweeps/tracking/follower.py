"""The follower: looks at the ledger about once a second and delivers what is new, whatever becomes of the tracker."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from sweeps.difference import Difference
from sweeps.ledger import Ledger
from sweeps.ledger.reconciliations import Asked
from sweeps.ledger.records import SweepRecord
from sweeps.states import SweepState
from sweeps.storage import Storage
from sweeps.tracking.delivery import Delivery
from sweeps.tracking.reconciliation import reconcile
from sweeps.tracking.removal import Remover
from sweeps.tracking.tracker import Tracker, Unreachable
from sweeps.tracking.writer import Interrupted

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
MOST_BACK_OFF_SECONDS = 30.0
REST_FACTOR = 4.0
"""After a delivery a sweep rests this many times as long as it took: the tracker's machine also trains."""
MOST_REST_SECONDS = 10.0


@dataclass
class _Followed:
    """One sweep that is being followed."""

    delivery: Delivery | None = None
    due_at: float = 0.0
    failures: int = 0
    problem: str | None = None

    def rest(self, seconds: float) -> None:
        self.due_at = time.monotonic() + seconds


class Follower:
    """Delivers every sweep that goes on or whose end was not told, and reconciles what people ask for. One thread's."""

    def __init__(self, ledger: Ledger, connect: Callable[[], Tracker], storage: Storage, stop: Event) -> None:
        """`connect` gives the tracker; it is called when there is first something to tell."""
        self._ledger = ledger
        self._connect = connect
        self._storage = storage
        self._stop = stop
        self._tracker: Tracker | None = None
        self._followed: dict[int, _Followed] = {}
        self._is_reachable = True
        self._asked_above = 0
        self._remover = Remover(ledger, self._connected, storage, stop)

    def run(self) -> None:
        """Follows until `stop` is set."""
        problem = None
        while not self._stop.is_set():
            try:
                self.look()
                problem = None
            except Exception as error:  # the ledger is away: whatever it is, tracking waits and goes on
                if problem is None:
                    log.exception("the ledger cannot be read, tracking waits for it")
                problem = str(error)
            self._stop.wait(POLL_SECONDS)

    def look(self) -> None:
        """One look at the ledger."""
        self._remover.look()
        asked, self._asked_above = self._ledger.reconciliations.open(self._asked_above)
        for reconciliation in asked:
            self._reconcile(reconciliation)
        undelivered = self._ledger.outbox.undelivered_sweeps()
        for sweep in undelivered:
            if self._stop.is_set():
                return
            if sweep.state is not SweepState.QUEUED:
                self._follow(sweep, self._followed.setdefault(sweep.id, _Followed()))
        self._followed = {sweep.id: self._followed[sweep.id] for sweep in undelivered if sweep.id in self._followed}

    def _follow(self, sweep: SweepRecord, followed: _Followed) -> None:
        is_early = time.monotonic() < followed.due_at
        if is_early and (followed.failures or not sweep.state.is_final):
            return
        try:
            self._deliver(sweep, followed)
        except Interrupted:
            return
        except Unreachable as error:
            if self._is_reachable:
                log.warning("the tracker is unreachable, what it misses is told later: %s", error)
            self._is_reachable = False
            self._back_off(followed)
        except Exception as error:  # a fault of tracking must stay one of tracking, and of this sweep
            if followed.problem != str(error):
                log.exception("sweep %d cannot be told to the tracker and is tried again", sweep.id)
            followed.problem = str(error)
            self._back_off(followed)

    def _reconcile(self, asked: Asked) -> None:
        """Carries out what was asked for; whatever goes wrong is the answer."""
        found: list[Difference] = []
        problem = None
        try:
            sweep = self._ledger.sweeps.get(asked.sweep_id)
            found = reconcile(self._ledger, self._connected(), self._storage, sweep, asked.mend, self._stop)
        except Interrupted:
            return
        except Unreachable as error:
            problem = f"MLflow cannot be reached, try again when it can: {error}"
        except Exception as error:  # as with deliveries: a fault of one sweep must not end the tracker
            log.exception("sweep %d cannot be reconciled", asked.sweep_id)
            problem = f"{type(error).__name__}: {error}"
        if asked.mend:
            self._followed.pop(asked.sweep_id, None)  # its delivery knows runs that may have been made anew
        log.info("sweep %d, mend %s: %s", asked.sweep_id, asked.mend, problem or f"{len(found)} differences")
        self._ledger.reconciliations.end(asked, [one.model_dump(mode="json") for one in found], problem)

    def _connected(self) -> Tracker:
        if self._tracker is None:
            self._tracker = self._connect()
        return self._tracker

    def _deliver(self, sweep: SweepRecord, followed: _Followed) -> None:
        begun = time.monotonic()
        tracker = self._connected()
        if followed.delivery is None or followed.delivery.specification != sweep.spec:  # it may have been extended
            followed.delivery = Delivery(self._ledger, tracker, self._storage, sweep, self._stop)
        told = followed.delivery.deliver(sweep)
        took = time.monotonic() - begun
        if not self._is_reachable:
            log.warning("the tracker is reachable again")
        self._is_reachable = True
        followed.failures, followed.problem = 0, None
        followed.rest(min(MOST_REST_SECONDS, REST_FACTOR * took) if told else 0.0)
        if told or sweep.state.is_final:
            log.info(
                "sweep %d (%s): told %d epochs, %d trials begun and %d ended in %.1f s",
                *(sweep.id, sweep.state, told.epochs, told.begun, told.ended, took),
            )

    def _back_off(self, followed: _Followed) -> None:
        """What a failed delivery remembers may be wrong, so the next one looks at the tracker anew."""
        followed.delivery = None
        followed.failures += 1
        followed.rest(min(MOST_BACK_OFF_SECONDS, 2.0 ** (followed.failures - 1)))
