"""A real MLflow server on loopback, which tests may kill and start again."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sweeps.tracking.mlflow_tracker import MlflowTracker

START_SECONDS = 180.0


class MlflowServer:
    """One server with its database and files in a folder; stopped, it leaves them there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def database(self) -> Path:
        """The SQLite file, for tests that damage what MLflow's own API never lets go of."""
        return self._folder / "mlflow.db"

    def tracker(self) -> "MlflowTracker":
        from sweeps.tracking.mlflow_tracker import MlflowTracker  # here, so that tests in memory do not pay for it

        return MlflowTracker(self.url)

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self._port)]
        command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self.database}"]
        command += ["--artifacts-destination", str(self._folder / "artifacts")]
        switches = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self._folder / "mlflow.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=os.environ | switches, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_up()

    def kill(self) -> None:
        """kill -9 of the server and its workers; nothing happens where it is down."""
        if self._process is not None:
            os.killpg(self._process.pid, 9)
            self._process.wait(10)
            self._process = None

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError((self._folder / "mlflow.log").read_text())
