"""A real ledger for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sweeps.ledger import Ledger
from tests.sweeps.booked import open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path)
    yield ledger
    ledger.close()
