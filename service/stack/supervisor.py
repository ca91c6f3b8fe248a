"""Starts the stack's processes in parallel, keeps them alive, adopts what a killed supervisor left, ends them all."""

import os
import secrets
import shutil
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

import httpx

from service.stack.child import Child
from service.stack.components import Component, components
from service.stack.environment import environment
from service.stack.folder import DataFolder, socket_folder, write_secret
from service.stack.ports import free_ports, is_free, preferred_port
from service.stack.record import Identity, Ports, StackRecord, load_record
from service.stack.remains import end, remains, session_of

if TYPE_CHECKING:
    from sweeps.ledger.accounts import Accounts

API_PORT = 8800
MLFLOW_PORT = 5050
READY_SECONDS = 120.0
STOP_SECONDS = 4.0
STEADY_SECONDS = 60.0
LONGEST_BACK_OFF = 30.0

Say = Callable[[str], None]


class NotReady(Exception):
    """The stack did not come up; the message says which part, and where its log is."""


class EmbeddedStack:
    """One stack on one data folder: `start`, then `tend` again and again, then `stop`."""

    def __init__(self, folder: DataFolder, say: Say, port: int | None = None) -> None:
        """`say` tells a person what happens; `port`: where the API must listen."""
        self._folder = folder
        self._say = say
        self._port = port
        self._lock: IO[str] | None = None
        self._children: dict[str, Child] = {}
        self._due: dict[str, float] = {}
        self._back_off: dict[str, float] = {}
        self.new_token: str | None = None

    def start(self) -> StackRecord:
        """Brings everything up without waiting for it. After an error, `stop` ends what had started.

        Raises FolderInUse, NotADataFolder, or NotReady where the port is taken or the ledger cannot be used.
        """
        self._folder.create()
        self._lock = self._folder.lock()
        self.record = self._adopt() or self._fresh()
        self._components = components(self._folder, self.record)
        self._environment = environment(self._folder, self.record)
        self.record.save(self._folder)  # before anything runs: whatever happens now, its mark is known
        for component in self._components[:2]:
            self._ensure(component)
        self._prepare_ledger()  # while the slow ones come up
        for component in self._components[2:]:
            self._ensure(component)
        return self.record

    def wait_until_ready(self, closing: Callable[[], bool] = lambda: False) -> None:
        """Returns when a sweep can be posted and run, or when `closing`. Raises NotReady after two minutes."""
        deadline = time.monotonic() + READY_SECONDS
        while not closing():
            missing = self.missing()
            if not missing:
                return
            if time.monotonic() > deadline:
                logs = ", ".join(str(self._folder.log(name)) for name in missing)
                raise NotReady(f"{' and '.join(missing)} did not come up in {READY_SECONDS:.0f} s; see {logs}")
            self.tend()
            time.sleep(0.1)

    def missing(self) -> list[str]:
        """Parts that a sweep needs and that do not answer yet. It can run without MLflow, which catches up."""
        try:
            parts = httpx.get(f"{self.record.api_url}/readyz", timeout=5.0, trust_env=False).json()["parts"]
        except (httpx.HTTPError, ValueError, KeyError):
            return ["api"]
        return [part["name"] for part in parts if not part["ready"] and part["name"] in ("ray", "ledger")]

    def tracking_is_ready(self) -> bool:
        return next(one for one in self._components if one.name == "mlflow").is_well()

    def tend(self) -> None:
        """Starts again what has ended: at once, or after a pause that grows while it keeps ending."""
        now = time.monotonic()
        for component in self._components:
            child = self._children[component.name]
            if child.is_alive:
                continue
            if component.name not in self._due:
                self._put_off(component, child, now)
            if now >= self._due[component.name]:
                del self._due[component.name]
                self._launch(component)

    def stop(self) -> None:
        """Ends everything: the API first, then the others together, then whatever still carries our mark."""
        deadline = time.monotonic() + STOP_SECONDS
        api = self._children.get("api")
        if api is not None:
            api.terminate()
            api.wait(min(deadline, time.monotonic() + 2.0))
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            child.wait(deadline)
        if hasattr(self, "record"):
            _clear(self._folder, self.record)
        if self._lock is not None:
            self._lock.close()

    def _adopt(self) -> StackRecord | None:
        """The stack of a supervisor that was killed, where it is still well; else its remains are ended."""
        record = load_record(self._folder)
        if record is None:
            return None
        if self._port not in (None, record.ports.api) or not any(
            identity.process() for identity in record.components.values()
        ):
            _clear(self._folder, record)
            return None
        for component in components(self._folder, record):
            identity = record.components.get(component.name)
            if identity is None or identity.process() is None:
                continue
            if component.is_well():
                self._children[component.name] = Child(identity)
                self._say(f"found {component.title} still running from before (process {identity.pid})")
            else:
                self._say(f"{component.title} from before does not answer; starting it again")
                end(session_of(identity.pid))
        self._end_all_but_children(record)
        record.supervisor = Identity.of(os.getpid())
        return record

    def _fresh(self) -> StackRecord:
        write_secret(self._folder.ray_token, secrets.token_hex(32))
        if self._port is not None and not is_free(self._port):
            raise NotReady(f"port {self._port} is in use by another program; choose another with --port")
        api = self._port or preferred_port(API_PORT)
        mlflow = preferred_port(MLFLOW_PORT, besides=[api])
        ray, dashboard, *others = free_ports(9, besides=[api, mlflow])
        ports = Ports(api=api, mlflow=mlflow, ray=ray, dashboard=dashboard, others=others)
        return StackRecord(
            id=secrets.token_hex(8), supervisor=Identity.of(os.getpid()), ports=ports, sockets=socket_folder()
        )

    def _prepare_ledger(self) -> None:
        from sweeps.ledger import Ledger  # here: Ray and MLflow start while this is imported
        from sweeps.ledger.errors import LedgerError

        ledger = Ledger(self._folder.ledger_url)
        try:
            ledger.migrate()
            self._prepare_token(ledger.accounts)
        except LedgerError as error:
            raise NotReady(
                f"the ledger {self._folder.root / 'ledger.db'} cannot be used: {error}. "
                "Start the npsweep that made it, put a copy of it back, or start anew with another --data-dir"
            ) from error
        finally:
            ledger.close()

    def _prepare_token(self, accounts: "Accounts") -> None:
        self.new_token = token = accounts.first_admin()
        if token is None and not self._folder.token.exists():
            try:
                token = accounts.new_token("admin", "this machine")
            except LookupError as error:
                raise NotReady(
                    f"{error} in the ledger to make a token for; write a user's token into {self._folder.token}, "
                    "or start anew with another --data-dir"
                ) from error
        if token is not None:
            write_secret(self._folder.token, token)

    def _ensure(self, component: Component) -> None:
        if component.name not in self._children:
            self._launch(component)

    def _launch(self, component: Component) -> None:
        log = self._folder.log(component.name)
        self._children[component.name] = Child.start(component.command, self._environment, log, self._folder.root)
        self.record.components = {name: child.identity for name, child in self._children.items()}
        self.record.save(self._folder)

    def _put_off(self, component: Component, child: Child, now: float) -> None:
        last = self._back_off.get(component.name, 0.0)
        pause = 0.0 if child.age > STEADY_SECONDS else min(LONGEST_BACK_OFF, last * 2 or 1.0)
        self._back_off[component.name] = pause
        self._due[component.name] = now + pause
        self._say(
            f"{component.title} {child.fate()}; starting it again in {pause:.0f} s "
            f"(log: {self._folder.log(component.name)})"
        )
        end(session_of(child.identity.pid))  # such as MLflow's worker, which would go on holding the port
        self._end_all_but_children(self.record)

    def _end_all_but_children(self, record: StackRecord) -> None:
        """Ends processes of the stack that belong to no living component, such as the workers of a dead Ray head."""
        living = [child.identity.pid for child in self._children.values() if child.is_alive]
        ray_lives = "ray" in self._children and self._children["ray"].is_alive
        if not ray_lives:
            end(remains(record.id, sparing=living))


def clear_remains(folder: DataFolder) -> None:
    """Ends what a killed supervisor left behind in this folder."""
    record = load_record(folder)
    if record is not None:
        _clear(folder, record)


def _clear(folder: DataFolder, record: StackRecord) -> None:
    end(remains(record.id))
    shutil.rmtree(record.sockets, ignore_errors=True)
    folder.record.unlink(missing_ok=True)
