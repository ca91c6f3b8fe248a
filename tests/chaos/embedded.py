"""The embedded stack, as `npsweep up` starts it, under fire."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from service.client import Client
from service.stack.remains import remains, session_of
from sweeps.ledger import Ledger
from sweeps.tracking.tracker import Tracker
from tests.chaos.stack import WORKERS, Struck, another, answering, kill_all, titled
from tests.service.stack_process import Up, living, stack_at

OTHERS = ("api", "mlflow", "tracking")


class EmbeddedStack:
    """See Stack. `ray` is the whole of Ray, as when the node is lost: job table, driver, coordinator and lanes."""

    kinds: tuple[str, ...] = ("lane", "driver", "coordinator", "api", "ray", "mlflow", "tracking")

    def __init__(self, folder: Path) -> None:
        self._up: Up = stack_at(folder / "data", {"OMP_NUM_THREADS": "1"})
        self._up.start()
        self.data = self._up.folder
        self.ledger = Ledger(self.data.ledger_url)
        self.tracker = _tracker(self._up.record.mlflow_url)

    def client(self) -> Client:
        return self._up.client()

    def logs(self, sweep_id: int) -> str:
        """What driver, coordinator and lanes of a sweep have said, as the API shows it."""
        with self.client() as client:
            return "\n".join(line.text for line in client.logs(sweep_id))

    def close(self) -> None:
        self.ledger.close()
        self._up.interrupt()

    @property
    def address(self) -> str:
        """Of the API and its pages."""
        return self._up.record.api_url

    @contextmanager
    def without_api(self) -> Iterator[None]:
        """The API is killed, and nobody starts it again before the end of this."""
        supervisor = psutil.Process(self._up.process.pid)
        supervisor.suspend()
        try:
            kill_all(session_of(self._up.component("api").pid))
            yield
        finally:
            supervisor.resume()

    def kill(self, kind: str) -> Struck | None:
        if kind in WORKERS:
            return self._kill_worker(kind)
        process = self._up.record.components[kind].process()
        if process is None:
            return None
        successor = another(lambda: self._component("tracking"))
        at = kill_all(self._ray() if kind == "ray" else session_of(process.pid))
        if kind == "tracking":
            return Struck(kind, at, successor)
        return Struck(kind, at, answering(lambda: self._is_well(kind)))

    def _kill_worker(self, kind: str) -> Struck | None:
        found = self._workers(kind)
        if not found:
            return None
        successor = another(lambda: self._workers(kind))
        at = kill_all(found[:1] if kind == "lane" else found)
        return Struck(kind, at, successor, is_lasting=False)

    def _workers(self, kind: str) -> list[psutil.Process]:
        return titled(living(self._up.processes()), *WORKERS[kind])

    def _ray(self) -> list[psutil.Process]:
        """Ray with everything that it runs; a driver has a session of its own."""
        record = self._up.record
        return remains(record.id, sparing=[record.components[name].pid for name in OTHERS])

    def _component(self, name: str) -> list[psutil.Process]:
        process = self._up.record.components[name].process()
        return [process] if process else []

    def _is_well(self, kind: str) -> bool:
        record = self._up.record
        url = {
            "api": f"{record.api_url}/healthz",
            "mlflow": f"{record.mlflow_url}/health",
            "ray": f"{record.ray_url}/api/version",
        }[kind]
        try:
            return httpx.get(url, timeout=2.0, trust_env=False).status_code in (200, 401)
        except httpx.HTTPError:
            return False


def _tracker(url: str) -> Tracker:
    from sweeps.tracking.mlflow_tracker import MlflowTracker  # here, so that other tests do not pay for it

    return MlflowTracker(url)
