"""What every contract of the ledger begins with."""

from collections.abc import Iterator

import pytest

from sweeps.ledger import Ledger


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    ledger = Ledger(ledger_url)
    ledger.migrate()
    yield ledger
    ledger.close()
