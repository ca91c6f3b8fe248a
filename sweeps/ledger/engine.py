"""Opens the ledger's database and brings its tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from sweeps.ledger.errors import LedgerUnreachable, LedgerUnusable

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "npsweep_version"
MIGRATION_LOCK = 7_290_131


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": 30}, hide_parameters=True)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class Writer:
    """Transactions that write; see `_begin_sqlite`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=True)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction. Raises LedgerUnreachable where the database is away or cannot write."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError) as error:
            raise LedgerUnreachable(str(error.orig)) from error


def migrate(engine: Engine) -> None:
    """Brings the tables to the newest version, in one transaction; on PostgreSQL one process at a time.

    Raises LedgerUnusable where another version of npsweep made them.
    """
    from alembic import command  # here: it takes half a second, which a driver and its lanes would lose in a recovery
    from alembic.config import Config
    from alembic.util import CommandError

    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    with Writer(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        configuration.attributes["connection"] = connection
        try:
            command.upgrade(configuration, "head")
        except CommandError as error:
            raise LedgerUnusable(f"it was made by another version of npsweep ({error})") from error


def _configure_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves, see below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes fails at once, rather than wait, where another wrote in between:
    # so one that will write takes the write lock from its start, and readers never do.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
