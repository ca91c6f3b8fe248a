"""Finds and ends what a stack left behind: by the mark in each process's environment, and its sessions.

Ray's workers overwrite their environment with their title, but they stay in the session of their head.
"""

import contextlib
import os
from collections.abc import Collection

import psutil

from service.stack.environment import MARK

GRACE_SECONDS = 0.5


def remains(stack: str, sparing: Collection[int] = ()) -> list[psutil.Process]:
    """All processes of the stack, except those in the sessions `sparing`."""
    processes = list(psutil.process_iter())
    marked = {_session(process) for process in processes if _carries(process, stack)} - {None, os.getsid(0)}
    return [process for process in processes if _session(process) in marked - set(sparing)]


def session_of(leader: int) -> list[psutil.Process]:
    """The processes in the session of a component that still lives."""
    return [process for process in psutil.process_iter() if _session(process) == leader]


def end(processes: list[psutil.Process], grace: float = GRACE_SECONDS) -> None:
    """Asks them to end, then ends them."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=grace)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=grace)


def _carries(process: psutil.Process, stack: str) -> bool:
    try:
        return process.environ().get(MARK) == stack
    except (psutil.Error, OSError):
        return False


def _session(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except OSError:
        return None
