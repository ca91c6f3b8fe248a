"""The driver's sign of life while no coordinator gives it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sweeps.ledger import Ledger
from sweeps.ledger.errors import LedgerError, LedgerUnreachable
from sweeps.ledger.trials import Batch

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0


def wait_for_ledger(ledger: Ledger, sweep_id: int, attempt: int) -> None:
    """Returns when a heartbeat could be written, however long that takes. Raises FencedOut."""
    while True:
        try:
            ledger.trials.book(sweep_id, attempt, Batch())
        except LedgerUnreachable as error:
            log.warning("the ledger cannot be written, waiting for it: %s", error)
            time.sleep(HEARTBEAT_SECONDS)
        else:
            return


@contextmanager
def heartbeat(ledger: Ledger, sweep_id: int, attempt: int) -> Iterator[None]:
    """Shows that the driver lives while no coordinator does it: a download may take minutes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            with suppress(LedgerError):
                ledger.trials.book(sweep_id, attempt, Batch())

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
