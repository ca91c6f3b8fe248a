"""Opens the ledger's database and brings its tables up to date."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from sweeps.ledger.errors import LedgerUnreachable, LedgerUnusable
from sweeps.ledger.plain import as_json, from_json

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "npsweep_version"
PREPARATION_LOCK = 7_290_131
AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""What drivers raise where a database is down, starts, ends, is full, or writes nothing because it is a standby."""
CONNECT_SECONDS = 10
UNANSWERED_MILLISECONDS = 30_000
"""A server that has vanished from the network without a word is given up after this, rather than after minutes."""
LOCKED_SECONDS = 30
"""SQLite waits this long for another's lock."""
EVERYWHERE: dict[str, Any] = {"hide_parameters": True, "json_serializer": as_json, "json_deserializer": from_json}
"""What every kind of database is opened with."""


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`."""
    if make_url(url).get_backend_name() != "sqlite":
        patience = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": UNANSWERED_MILLISECONDS}
        return create_engine(url, pool_pre_ping=True, connect_args=patience, **EVERYWHERE)
    # However many wait to write, whoever reads gets a connection at once.
    engine = create_engine(url, connect_args={"timeout": LOCKED_SECONDS}, max_overflow=-1, **EVERYWHERE)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class Reader:
    """Only reads, each statement what was committed before it, and without a transaction: on PostgreSQL that would show
    the same and cost two journeys to the server, on SQLite two statements."""

    def __init__(self, engine: Engine) -> None:
        is_server = engine.dialect.name != "sqlite"
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT") if is_server else engine

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection. Raises LedgerUnreachable where the database is away."""
        with _away_named(), self._engine.connect() as connection:
            yield connection


class Writer:
    """Transactions that write; see `_begin_sqlite`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=True)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction. Raises LedgerUnreachable where the database is away or cannot write.

        Where it goes away in the very moment of the commit, nobody knows whether it has kept the transaction.
        """
        with _away_named(), self._engine.begin() as connection:
            yield connection


@contextmanager
def _away_named() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise LedgerUnreachable(str(getattr(error, "orig", error))) from error


def migrate(engine: Engine) -> None:
    """Brings the tables to the newest version, in one transaction and one process at a time.

    Raises LedgerUnusable where another version of npsweep made them.
    """
    from alembic import command  # here: it takes half a second, which a driver and its lanes would lose in a recovery
    from alembic.config import Config
    from alembic.util import CommandError

    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    with Writer(engine).begin() as connection:
        one_at_a_time(connection)
        configuration.attributes["connection"] = connection
        try:
            command.upgrade(configuration, "head")
        except CommandError as error:
            raise LedgerUnusable(f"it was made by another version of npsweep ({error})") from error


def one_at_a_time(connection: Connection) -> None:
    """Waits until no other transaction that has called this goes on. On SQLite every one that writes is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PREPARATION_LOCK})


def _configure_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves, see below
    cursor = connection.cursor()
    _log_ahead(cursor)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _log_ahead(cursor: DBAPICursor) -> None:
    # Readers then never wait for the one that writes. The file remembers it, but where several open a new file at
    # once SQLite refuses all but one of them without the wait that it keeps elsewhere.
    patience = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes fails at once, rather than wait, where another wrote in between:
    # so one that will write takes the write lock from its start. Who reads begins none.
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
