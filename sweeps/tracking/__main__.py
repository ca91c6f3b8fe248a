"""The tracking process: `python -m sweeps.tracking`, with `NPSWEEP_…` settings in its environment."""

import fcntl
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sweeps.ledger import Ledger
from sweeps.settings import SweepSettings
from sweeps.storage import Storage
from sweeps.tracking.follower import POLL_SECONDS, Follower
from sweeps.tracking.tracker import Tracker

log = logging.getLogger("sweeps.tracking")

SIGNAL_SECONDS = 0.2
GRACE_SECONDS = 5.0
"""For the call in hand after SIGTERM. One that takes longer is cut off, which loses nothing: it is made again."""


def main() -> int:
    """Follows the ledger until SIGTERM or SIGINT; 1 where it cannot."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    asked_to_end: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked_to_end.append(number))
    stop = threading.Event()
    thread = threading.Thread(target=_follow, args=(SweepSettings(), stop), name="follower", daemon=True)
    thread.start()
    while not asked_to_end and thread.is_alive():
        time.sleep(SIGNAL_SECONDS)
    stop.set()
    thread.join(GRACE_SECONDS)
    return 0 if asked_to_end else 1


def _follow(settings: SweepSettings, stop: threading.Event) -> None:
    with _only_tracker(settings.storage, stop):
        log.info("following the ledger, telling %s", settings.tracking_url)
        connect = partial(_connect, settings.tracking_url)
        Follower(Ledger(settings.ledger_url), connect, Storage(settings.storage), stop).run()


def _connect(url: str) -> Tracker:
    from sweeps.tracking.mlflow_tracker import MlflowTracker  # here: it takes seconds, and memory while nothing is told

    return MlflowTracker(url)


@contextmanager
def _only_tracker(storage: Path, stop: threading.Event) -> Iterator[None]:
    """Holds a lock in the storage, so that two trackers never make the same run; waits while another holds it."""
    storage.mkdir(parents=True, exist_ok=True)
    with (storage / "tracking.lock").open("a") as file:
        waiting = False
        while not stop.is_set() and not _locked(file.fileno()):
            if not waiting:
                log.info("another tracker is at work on %s, waiting for its end", storage)
            waiting = True
            stop.wait(POLL_SECONDS)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    ended = main()
    logging.shutdown()
    os._exit(ended)  # nothing is left to save, and the interpreter takes seconds to take torch and MLflow apart
