"""The hand that writes: it stops between two calls when the process is to end, and passes over what is refused."""

import logging
from collections.abc import Callable
from threading import Event

from sweeps.tracking.tracker import Entry, Refused, RunStatus, Tracker

log = logging.getLogger(__name__)


class Interrupted(Exception):
    """The process is to end: what is left is told by the next one."""


class Writer:
    """A tracker whose refusals are logged and left out: nothing behind them may wait for ever.

    Every call raises Unreachable, and Interrupted before it begins where the process is to end.
    """

    def __init__(self, tracker: Tracker, stop: Event) -> None:
        self._tracker = tracker
        self._stop = stop

    def write(self, run: str, entry: Entry) -> None:
        """Where a parameter has become another and is refused, the points and tags are still written."""
        rest = Entry(points=entry.points, tags=entry.tags)
        if not self._try(run, lambda: self._tracker.write(run, entry)) and entry.parameters:
            self._try(run, lambda: self._tracker.write(run, rest))

    def note(self, run: str, text: str) -> None:
        self._try(run, lambda: self._tracker.note(run, text))

    def attach(self, run: str, path: str, data: bytes) -> None:
        self._try(run, lambda: self._tracker.attach(run, path, data))

    def end(self, run: str, status: RunStatus, at: float) -> None:
        self._try(run, lambda: self._tracker.end(run, status, at))

    def check_stop(self) -> None:
        if self._stop.is_set():
            raise Interrupted

    def _try(self, run: str, call: Callable[[], None]) -> bool:
        self.check_stop()
        try:
            call()
        except Refused as error:
            log.warning("run %s: the tracker refuses, and this is left out: %s", run, error)
            return False
        return True
