"""The shared deployment, and after the schedules what was killed how often and how long recovery took."""

from collections.abc import Iterator

import pytest

from tests.chaos.disturbed import Recovery
from tests.chaos.recoveries import lines
from tests.chaos.shared import SharedStack
from tests.postgresql import PostgresqlServer
from tests.sweeps.mlflow_server import MlflowServer

RECOVERIES = pytest.StashKey[list[Recovery]]()


@pytest.fixture(scope="session")
def shared(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresqlServer, mlflow_server: MlflowServer
) -> Iterator[SharedStack]:
    stack = SharedStack(tmp_path_factory.mktemp("shared"), postgresql, mlflow_server)
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def recoveries(pytestconfig: pytest.Config) -> list[Recovery]:
    """Of all schedules of this run."""
    return pytestconfig.stash.setdefault(RECOVERIES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(RECOVERIES, [])
    if not found:
        return
    terminalreporter.section("from kill -9 to the first new result")
    for title, chosen in (
        ("one part killed at a time", [one for one in found if one.is_alone]),
        ("others killed meanwhile", [one for one in found if not one.is_alone]),
    ):
        if chosen:
            terminalreporter.write_line(f"{title}:")
            for line in lines(chosen):
                terminalreporter.write_line(f"  {line}")
