"""Fixtures that more than one room's tests share."""

from collections.abc import Iterator

import pytest

from tests.chaos.embedded import EmbeddedStack
from tests.postgresql import PostgresqlServer, programs
from tests.sweeps.mlflow_server import MlflowServer


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real MLflow server, started once a session by the first test that wants it."""
    server = MlflowServer(tmp_path_factory.mktemp("mlflow"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """`npsweep up`, started once a session by the first test that wants it: people's browsers come before chaos."""
    stack = EmbeddedStack(tmp_path_factory.mktemp("embedded"))
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A real PostgreSQL server, started once a session by the first test that wants it. Who kills it starts it again.

    Each test takes a schema or a database of its own.
    """
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresqlServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A place for a ledger: a test that asks for this runs on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.schema()
