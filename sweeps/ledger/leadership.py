"""Which of several processes on one ledger leads: the one that moves sweeps on. Another follows where it is lost."""

import fcntl
import logging
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from sweeps.ledger.engine import AWAY, EVERYWHERE

log = logging.getLogger(__name__)

LEADER_LOCK = 7_290_132
TAKE = text("SELECT pg_try_advisory_lock(:key, hashtext(current_schema()))")
LOST_AFTER = {"keepalives_idle": 2, "keepalives_interval": 2, "keepalives_count": 2}
"""Seconds and tries after which server and leader each notice that the other has left the network: 6 s in all."""


class Leadership(Protocol):
    """A seat that one process at a time holds, and loses with its life."""

    def is_held(self) -> bool:
        """Whether this process leads now; takes the seat where it is free."""

    def give_up(self) -> None:
        """Leaves the seat to another."""


def leadership(engine: Engine) -> Leadership:
    """The one seat of this ledger."""
    if engine.dialect.name == "postgresql":
        return _AdvisoryLock(engine)
    return _FileLock(Path(f"{engine.url.database}-leader"))


class _FileLock:
    """For SQLite, whose file all processes see."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def is_held(self) -> bool:
        if self._file is None:
            file = self._path.open("a")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True

    def give_up(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _AdvisoryLock:
    """For PostgreSQL: a session's lock, which the server frees with the session."""

    def __init__(self, engine: Engine) -> None:
        server = {f"tcp_{name}": value for name, value in LOST_AFTER.items()}
        options = " ".join(f"-c {name}={value}" for name, value in server.items())
        patience = {"connect_timeout": 5, "tcp_user_timeout": 6_000, "options": options} | LOST_AFTER
        self._engine = create_engine(engine.url, connect_args=patience, poolclass=NullPool, **EVERYWHERE)
        self._session: Connection | None = None

    def is_held(self) -> bool:
        try:
            if self._session is not None:
                self._session.execute(text("SELECT 1"))
                return True
            return self._take()
        except AWAY as error:
            log.warning("the ledger cannot be reached to lead: %s", getattr(error, "orig", error))
            self.give_up()
            return False

    def give_up(self) -> None:
        if self._session is not None:
            with suppress(*AWAY):
                self._session.close()
            self._session = None

    def _take(self) -> bool:
        session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if session.scalar(TAKE, {"key": LEADER_LOCK}):
            self._session = session
            return True
        session.close()
        return False
