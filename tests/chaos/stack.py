"""A stack whose parts can be killed, and which tells when they are there again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import psutil

from service.client import Client
from sweeps.ledger import Ledger
from sweeps.tracking.tracker import Tracker
from tests.service.stack_process import title

WORKERS = {
    "driver": ("-m sweeps.run --sweep ",),
    "coordinator": ("ray::CoordinatorActor",),
    "lane": ("ray::LaneTrainable", "ray::ResourceTrainable"),
}
"""What the processes of a running sweep are called."""


class Stack(Protocol):
    """Everything real, started as a person starts it. What is killed comes back by itself, as in production."""

    kinds: tuple[str, ...]
    """What can be killed."""
    ledger: Ledger
    tracker: Tracker

    def client(self) -> Client:
        """A client with the administrator's token."""

    def kill(self, kind: str) -> "Struck | None":
        """kill -9 of one part, or of a part of the sweep; None where there is none now."""


@dataclass
class Struck:
    """One part that was killed."""

    kind: str
    at: float
    """Seconds since 1970."""
    returned: Callable[[float], float | None]
    """From `at` to when the part was there again; None while it is not."""
    is_lasting: bool = True
    """Whether it is there without a sweep too."""
    back_at: float | None = field(default=None, init=False)

    def look(self) -> None:
        if self.back_at is None:
            self.back_at = self.returned(self.at)


def kill_all(processes: list[psutil.Process]) -> float:
    """SIGKILL to all of them, and the moment; returns when they are gone."""
    at = time.time()
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=10.0)
    return at


def titled(processes: list[psutil.Process], *parts: str) -> list[psutil.Process]:
    """Those whose command line has one of the parts; Ray names a worker after what it runs."""
    return [process for process in processes if any(part in title(process) for part in parts)]


def another(find: Callable[[], list[psutil.Process]]) -> Callable[[float], float | None]:
    """When `find` first found a process that it does not find now, as far as one looked. Asked before the kill: what
    is killed may be back at once.

    Its birth would not do: Ray keeps idle processes, which become what is needed.
    """
    before = {process.pid for process in find()}
    return lambda _moment: time.time() if {process.pid for process in find()} - before else None


def answering(is_well: Callable[[], bool]) -> Callable[[float], float | None]:
    """When a server first answered again, as far as one looked."""
    return lambda _moment: time.time() if is_well() else None


def at_once(moment: float) -> float:
    """For a part that is not waited for: results are."""
    return moment
