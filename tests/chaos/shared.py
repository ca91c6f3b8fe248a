"""The shared deployment on one machine, under fire: PostgreSQL, a Ray head without CPUs, two Ray nodes, two API
processes of which one leads, tracker.

Each part is started again a second after it has died, as a container's restart policy does; a node after longer, so
that the sweep has to do without it.
"""

import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg

from service.client import Client
from service.stack.environment import environment
from service.stack.folder import DataFolder, socket_folder, write_secret
from service.stack.ports import free_ports
from service.stack.record import Identity, Ports, StackRecord
from service.stack.remains import end, remains, session_of
from sweeps.ledger import Ledger
from sweeps.ledger.leadership import LEADER_LOCK
from sweeps.tracking.tracker import Tracker
from tests.chaos.stack import WORKERS, Struck, another, answering, at_once, kill_all, titled
from tests.postgresql import PostgresqlServer
from tests.service.stack_process import living
from tests.sweeps.mlflow_server import MlflowServer

READY_SECONDS = 180.0
RESTART_SECONDS = 1.0
NODE_AWAY_SECONDS = 25.0
NODES = ("node-1", "node-2")
APIS = ("api", "api-2")
STORE_BYTES = 80 * 1024 * 1024


@dataclass
class _Part:
    """One process, in a session of its own, that is started again when it has died."""

    command: list[str]
    away_seconds: float
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    due: float | None = field(default=None, init=False)


class SharedStack:
    """See Stack. `node`: the one that trains."""

    kinds: tuple[str, ...] = ("lane", "node", "postgresql", "driver", "coordinator", "api", "tracking")

    def __init__(self, folder: Path, postgresql: PostgresqlServer, mlflow: MlflowServer) -> None:
        """Everything up and ready for a sweep."""
        self._folder = DataFolder(folder / "data")
        self._folder.create()
        self.postgresql, self.mlflow = postgresql, mlflow
        ray, dashboard, api, self._second_port, *others = free_ports(11)
        ports = Ports(api=api, mlflow=0, ray=ray, dashboard=dashboard, others=others)
        supervisor = Identity.of(psutil.Process().pid)
        self._record = StackRecord(id=secrets.token_hex(8), supervisor=supervisor, ports=ports, sockets=socket_folder())
        write_secret(self._folder.ray_token, secrets.token_hex(32))
        self._url = url = postgresql.database()
        self.ledger = Ledger(url)
        self.tracker: Tracker = mlflow.tracker()
        self.ledger.migrate()
        self._token = self.ledger.accounts.first_admin() or ""
        self._environment = _environment(self._folder, self._record, url, mlflow.url)
        self._parts = {name: _Part(command, away) for name, command, away in self._commands()}
        self._parts["api-2"].variables["NPSWEEP_PORT"] = str(self._second_port)
        self._closing = threading.Event()
        self._launch("head")
        self._wait("the Ray head", lambda: _answers(f"{self._record.ray_url}/api/version"))
        for name in self._parts.keys() - {"head"}:
            self._launch(name)
        self._thread = threading.Thread(target=self._tend, daemon=True)
        self._thread.start()
        self._wait("the API", lambda: _answers(f"{self._record.api_url}/readyz"))
        self._wait("two nodes", lambda: len(titled(living(self._processes()), "/raylet/raylet ")) == 1 + len(NODES))

    def client(self) -> Client:
        return Client(self._record.api_url, self._token)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self.ledger.close()
        end(remains(self._record.id))
        for part in self._parts.values():
            assert part.process is not None
            part.process.wait()
        shutil.rmtree(self._record.sockets, ignore_errors=True)

    def kill(self, kind: str) -> Struck | None:
        if kind in WORKERS:
            return self._kill_worker(kind)
        if kind == "postgresql":
            return self._kill_postgresql()
        if kind == "node":
            return self._kill_node()
        process = self._parts[kind].process
        if process is None or process.poll() is not None:
            return None
        successor = another(lambda: self._part(kind))
        at = kill_all([psutil.Process(process.pid)])
        if kind == "api":
            return Struck(kind, at, answering(lambda: _answers(f"{self._record.api_url}/healthz")))
        return Struck(kind, at, successor)

    def leader(self) -> str | None:
        """The API process that holds the ledger's lock; None where none does now."""
        with psycopg.connect(self._url.replace("+psycopg", ""), autocommit=True) as connection:
            held = "SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE classid = %s"
            ports = {port for (port,) in connection.execute(held, [LEADER_LOCK])}
        for name in APIS:
            for process in self._part(name):
                if ports & {one.laddr.port for one in process.net_connections()}:
                    return name
        return None

    def _kill_worker(self, kind: str) -> Struck | None:
        found = self._workers(kind)
        if not found:
            return None
        successor = another(lambda: self._workers(kind))
        at = kill_all(found[:1] if kind == "lane" else found)
        return Struck(kind, at, successor, is_lasting=False)

    def _kill_postgresql(self) -> Struck:
        at = time.time()
        self.postgresql.kill()
        time.sleep(RESTART_SECONDS)
        self.postgresql.start()
        return Struck("postgresql", at, at_once)

    def _kill_node(self) -> Struck | None:
        """A node with a lane on it; recovered from when another lane is born, where it was the only one."""
        sessions = {name: session_of(part[0].pid) for name in NODES if (part := self._part(name))}
        training = [processes for processes in sessions.values() if titled(processes, *WORKERS["lane"])]
        if not training:
            return None
        successor = another(lambda: self._workers("lane"))
        at = kill_all(training[0])
        others = self._workers("lane")
        return Struck("node", at, at_once if others else successor, is_lasting=False)

    def _workers(self, kind: str) -> list[psutil.Process]:
        return titled(living(self._processes()), *WORKERS[kind])

    def _processes(self) -> list[psutil.Process]:
        return remains(self._record.id)

    def _part(self, name: str) -> list[psutil.Process]:
        process = self._parts[name].process
        return [psutil.Process(process.pid)] if process and process.poll() is None else []

    def _commands(self) -> list[tuple[str, list[str], float]]:
        ports = self._record.ports
        ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"]
        head = [*ray, "--head", "--num-cpus=0", f"--port={ports.ray}", f"--temp-dir={self._record.sockets}"]
        head += ["--dashboard-host=127.0.0.1", f"--dashboard-port={ports.dashboard}", "--include-dashboard=true"]
        node = [*ray, f"--address=127.0.0.1:{ports.ray}", "--num-cpus=1"]
        agents = iter(ports.others)
        nodes = [
            (name, [*command, *_ports_of_node(next(agents), next(agents))], away)
            for name, command, away in [
                ("head", head, RESTART_SECONDS),
                *((name, node, NODE_AWAY_SECONDS) for name in NODES),
            ]
        ]
        return [
            *nodes,
            *((name, [sys.executable, "-m", "service.server"], RESTART_SECONDS) for name in APIS),
            ("tracking", [sys.executable, "-m", "sweeps.tracking"], RESTART_SECONDS),
        ]

    def _launch(self, name: str) -> None:
        part = self._parts[name]
        with self._folder.log(name).open("ab") as log:
            part.process = subprocess.Popen(
                part.command, env=self._environment | part.variables, stdout=log, stderr=log, start_new_session=True
            )

    def _tend(self) -> None:
        while not self._closing.wait(0.1):
            for name, part in self._parts.items():
                if part.process is None or part.process.poll() is None:
                    continue
                if part.due is None:
                    part.due = time.monotonic() + part.away_seconds
                elif time.monotonic() >= part.due:
                    part.due = None
                    self._launch(name)

    def _wait(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not reached():
            assert time.monotonic() < deadline, f"{what}: not there; see {self._folder.log('head').parent}"
            time.sleep(0.2)


def _environment(folder: DataFolder, record: StackRecord, ledger_url: str, mlflow_url: str) -> dict[str, str]:
    """As the embedded stack's, but for several nodes."""
    several = environment(folder, record)
    del several["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"]
    return several | {
        "NPSWEEP_LEDGER_URL": ledger_url,
        "NPSWEEP_TRACKING_URL": mlflow_url,
        "OMP_NUM_THREADS": "1",
    }


def _ports_of_node(agent: int, runtime: int) -> list[str]:
    """Ports that would else be the same on every node of the machine; 0: any."""
    return [
        f"--dashboard-agent-listen-port={agent}",
        f"--runtime-env-agent-port={runtime}",
        "--min-worker-port=0",
        "--max-worker-port=0",
        f"--object-store-memory={STORE_BYTES}",
    ]


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code in (200, 401)
    except httpx.HTTPError:
        return False
