"""The API over PostgreSQL: while the database is away it says so, and then goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import ServiceSettings
from tests.postgresql import PostgresqlServer


@pytest.fixture
def settings(tmp_path: Path, postgresql: PostgresqlServer) -> ServiceSettings:
    return ServiceSettings(
        ledger_url=postgresql.schema(),
        storage=tmp_path / "storage",
        datasets=tmp_path / "datasets",
        tracking_url="http://127.0.0.1:9",
        reconciler_interval=3600.0,
    )


def test_the_api_says_that_the_database_is_away_and_goes_on_when_it_is_back(
    api: httpx.Client, spec: dict[str, Any], post: Callable[[dict[str, Any]], int], postgresql: PostgresqlServer
) -> None:
    sweep_id = post(spec)
    postgresql.kill()
    try:
        for answer in (api.get("/api/v1/sweeps"), api.post("/api/v1/sweeps", json=spec)):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json()["type"] == "urn:npsweep:problem:ledger-unreachable"
        parts = {part["name"]: part for part in api.get("/readyz").json()["parts"]}
        assert not parts["ledger"]["ready"]
    finally:
        postgresql.start()
    assert api.get(f"/api/v1/sweeps/{sweep_id}").json()["state"] == "queued"
