"""`npsweep up` as a process of its own, as a person starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx
import psutil

from service.client import Client
from service.stack.folder import DataFolder
from service.stack.record import StackRecord, load_record
from service.stack.remains import remains

READY_SECONDS = 120.0


class Up:
    """One `npsweep up` on a data folder."""

    def __init__(self, folder: DataFolder, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self._variables = variables
        self.output = folder.root.parent / f"{folder.root.name}.out"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def record(self) -> StackRecord:
        record = load_record(self.folder)
        assert record is not None
        return record

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self) -> float:
        """Seconds until a sweep could be posted."""
        began = time.monotonic()
        command = [sys.executable, "-c", "from service.cli import main; main()", "up", "--data-dir"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NPSWEEP_")}
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, str(self.folder.root)],
                env=environment | dict(self._variables),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        told = self.output.read_text().count("npsweep is ready")
        while self.output.read_text().count("npsweep is ready") == told:
            assert self._process.poll() is None, self.output.read_text()
            assert time.monotonic() - began < READY_SECONDS, self.output.read_text()
            time.sleep(0.1)
        return time.monotonic() - began

    def client(self) -> Client:
        return Client(self.record.api_url, self.folder.token.read_text())

    def kill(self) -> None:
        """SIGKILL to the supervisor alone."""
        self.process.kill()
        self.process.wait()

    def interrupt(self) -> float:
        """Ctrl-C; seconds until the supervisor has ended."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - began

    def processes(self) -> list[psutil.Process]:
        return remains(self.record.id)

    def component(self, name: str) -> psutil.Process:
        process = self.record.components[name].process()
        assert process is not None
        return process

    def wait_for_api(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.record.api_url}/healthz", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError("the API did not come back")


def stack_at(path: Path, variables: Mapping[str, str] = MappingProxyType({})) -> Up:
    """A stack on a folder, not started yet. `variables`: what the person's shell has beside this one's."""
    return Up(DataFolder(path), variables)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; one that nobody has reaped yet does not."""
    return [process for process in processes if process.is_running() and title(process)]


def title(process: psutil.Process) -> str:
    """The command line; empty for a process that has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
