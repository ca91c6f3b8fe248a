"""Fixtures of the tests of sweeps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sweeps.running import Desk


@pytest.fixture
def desk(tmp_path: Path, ledger_url: str) -> Iterator[Desk]:
    """A desk of its own for each test, on each kind of ledger."""
    desk = Desk(tmp_path, ledger_url)
    yield desk
    desk.ledger.close()
