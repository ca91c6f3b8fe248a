"""What the coordinator has decided and the ledger has not yet heard: collected, then booked in bulk."""

import logging
import threading
from typing import Any

from sweeps.ledger import Ledger
from sweeps.ledger.errors import LedgerUnreachable
from sweeps.ledger.records import StintRecord, SweepRecord, TrialRecord
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.trial import Member

log = logging.getLogger(__name__)


class Booking:
    """Collects changes from any thread; `flush` books them in order, and keeps them while the ledger is away."""

    def __init__(self, ledger: Ledger, sweep_id: int, attempt: int) -> None:
        self._ledger = ledger
        self._sweep_id = sweep_id
        self._attempt = attempt
        self._lock = threading.Lock()
        self._batch = Batch()
        self._unbooked: list[Batch] = []
        self._reachable = True

    def trial(self, record: TrialRecord) -> None:
        with self._lock:
            self._batch.trials[record.number] = record

    def member(self, member: Member) -> None:
        """With its time in a lane, where that has begun or ended."""
        record, stint = member.record, member.to_book()
        with self._lock:
            self._batch.members[record.phase, record.trial, record.seed] = record
        if stint is not None:
            self.stint(stint)

    def stint(self, stint: StintRecord) -> None:
        with self._lock:
            self._batch.stints[stint.phase, stint.trial, stint.seed, stint.since] = stint

    def epoch(self, epoch: NewEpoch) -> None:
        with self._lock:
            self._batch.epochs.append(epoch)

    def event(self, kind: str, data: dict[str, Any]) -> None:
        with self._lock:
            self._batch.events.append((kind, data))

    def is_empty(self) -> bool:
        """Whether the ledger has heard everything."""
        with self._lock:
            return not self._batch and not self._unbooked

    def collect(self) -> None:
        """Closes the batch: what came in since the last one is booked together or not at all.

        Called while nobody is in the middle of a change that belongs together.
        """
        with self._lock:
            self._unbooked.append(self._batch)
            self._batch = Batch()

    def book(self) -> SweepRecord | None:
        """Books what was collected, with a heartbeat; the sweep as it stands, or None while the ledger is away.

        Called by one thread. Raises FencedOut where another attempt drives the sweep.
        """
        try:
            sweep = self._book_all()
        except LedgerUnreachable as error:
            if self._reachable:
                log.warning("the ledger cannot be written, results are kept in memory until it can: %s", error)
            self._reachable = False
            return None
        if not self._reachable:
            log.warning("the ledger can be written again")
        self._reachable = True
        return sweep

    def _book_all(self) -> SweepRecord | None:
        sweep = None
        while self._unbooked:
            sweep = self._ledger.trials.book(self._sweep_id, self._attempt, self._unbooked[0])
            with self._lock:
                self._unbooked.pop(0)
        return sweep
