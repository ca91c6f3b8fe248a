"""One process of the stack: started by us, or adopted from a supervisor that was killed."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import psutil

from service.stack.record import Identity


class Child:
    """A process with its identity. It leads a session of its own, so a Ctrl-C in the terminal reaches only us."""

    def __init__(self, identity: Identity, popen: subprocess.Popen[bytes] | None = None) -> None:
        self.identity = identity
        self.started = time.monotonic()
        self._popen = popen

    @staticmethod
    def start(command: list[str], environment: dict[str, str], log: Path, folder: Path) -> "Child":
        """Starts `command` with its output appended to `log`."""
        with log.open("ab") as output:
            popen = subprocess.Popen(  # noqa: S603 - the commands are our own
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Child(Identity.of(popen.pid), popen)

    @property
    def is_alive(self) -> bool:
        if self._popen is not None:
            return self._popen.poll() is None
        return self.identity.process() is not None

    @property
    def age(self) -> float:
        """Seconds since we started or adopted it."""
        return time.monotonic() - self.started

    def fate(self) -> str:
        """How it ended, in words."""
        code = self._popen.poll() if self._popen else None
        if code is None:
            return "ended"
        return f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    def terminate(self) -> None:
        """Asks it to end."""
        process = self.identity.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()

    def wait(self, until: float) -> bool:
        """Whether it ended by the monotonic time `until`."""
        while self.is_alive and time.monotonic() < until:
            time.sleep(0.05)
        return not self.is_alive
