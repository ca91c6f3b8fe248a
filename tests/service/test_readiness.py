"""Whether the service can work is open to all; why it cannot is not, and no password is ever told."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from service.answers import readiness
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from tests.service.conftest import Document
from tests.service.memory_cluster import MemoryCluster


@pytest.fixture
def settings(settings: ServiceSettings) -> ServiceSettings:
    """MLflow is away, and asks for a password."""
    return settings.model_copy(update={"tracking_url": "http://ada:hunter2@127.0.0.1:9", "failures_burst": 3.0})


def parts(answer: httpx.Response) -> dict[str, Any]:
    return {part["name"]: part for part in answer.json()["parts"]}


def test_health_is_open_and_strangers_hear_what_is_missing_and_not_why(
    address: str, api: httpx.Client, cluster: MemoryCluster
) -> None:
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
    answer = httpx.get(f"{address}/readyz")
    assert answer.status_code == 503
    assert parts(answer) == {
        name: {"name": name, "ready": name != "mlflow", "reason": None} for name in ("ledger", "ray", "mlflow")
    }
    reason = parts(api.get("/readyz"))["mlflow"]["reason"]
    assert "MLflow at http://127.0.0.1:9 does not answer" in reason
    assert "hunter2" not in reason


def test_who_tries_tokens_there_is_held_up_as_everywhere(address: str) -> None:
    wrong = {"Authorization": "Bearer nps_wrong"}
    statuses = [httpx.get(f"{address}/readyz", headers=wrong).status_code for _ in range(5)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert httpx.get(f"{address}/readyz").status_code == 503


class Counting(BaseHTTPRequestHandler):
    """MLflow, which counts how often it is asked."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


class TestManyAtOnce:
    @pytest.fixture
    def settings(self, settings: ServiceSettings) -> Iterator[ServiceSettings]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield settings.model_copy(update={"tracking_url": f"http://127.0.0.1:{server.server_port}"})
        server.shutdown()
        server.server_close()
        thread.join()

    def test_they_share_one_answer(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readiness, "FRESH_SECONDS", 3600.0)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: httpx.get(f"{address}/readyz", timeout=60), range(24)))
        assert {answer.status_code for answer in answers} == {200}
        assert Counting.asked == 1


def test_a_link_into_mlflow_says_neither_user_nor_password(api: httpx.Client, spec: Document, ledger: Ledger) -> None:
    sweep_id = api.post("/api/v1/sweeps", json=spec).json()["id"]
    ledger.outbox.mark_sweep_run(sweep_id, "abc")
    answer = api.get(f"/api/v1/sweeps/{sweep_id}")
    assert answer.json()["links"]["tracking"] == "http://127.0.0.1:9/#/runs/abc"
