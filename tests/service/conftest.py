"""An API over a real SQLite ledger and a cluster in memory, and specifications to post."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster

Document = dict[str, Any]


def small_spec() -> Document:
    """A specification that would run in a second."""
    return {
        "name": "small",
        "data": "digits",
        "network": {"kind": "dense", "hidden": [8]},
        "training": {"epochs": 2, "batch_size": 50},
        "budget": {"trials": 3},
        "compare": [{"rule": "bp"}, {"rule": "anp", "decorrelation": True}],
    }


@pytest.fixture
def spec() -> Document:
    return small_spec()


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(
        ledger_url=f"sqlite:///{tmp_path / 'ledger.db'}",
        storage=tmp_path / "storage",
        datasets=tmp_path / "datasets",
        tracking_url="http://127.0.0.1:9",
        reconciler_interval=3600.0,
    )


@pytest.fixture
def ledger(settings: ServiceSettings) -> Iterator[Ledger]:
    ledger = Ledger(settings.ledger_url)
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def cluster() -> MemoryCluster:
    return MemoryCluster()


@pytest.fixture
def token(ledger: Ledger) -> str:
    return ledger.accounts.first_admin() or ""


@pytest.fixture
def address(settings: ServiceSettings, cluster: MemoryCluster, token: str) -> Iterator[str]:
    """Where the API is served."""
    with served(lambda closing: create_app(settings, cluster, closing)) as address:
        yield address


@pytest.fixture
def api(address: str, token: str) -> Iterator[httpx.Client]:
    """A client with the administrator's token."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        yield client


@pytest.fixture
def post(api: httpx.Client) -> Callable[[Document], int]:
    """Posts a specification and returns the sweep's id."""

    def posted(spec: Document) -> int:
        answer = api.post("/api/v1/sweeps", json=spec)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["id"])

    return posted
