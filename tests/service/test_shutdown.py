"""The service ends within five seconds of SIGTERM, whatever hangs."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from service.control.reconciler import Reconciler
from service.settings import ServiceSettings
from service.stack.ports import free_ports
from sweeps.ledger import Ledger
from sweeps.states import SweepState
from tests.service.conftest import small_spec
from tests.service.memory_cluster import MemoryCluster

MOST_SECONDS = 5.0
"""From SIGTERM to the end of the process."""


@pytest.fixture
def hanging_ray() -> Iterator[socket.socket]:
    """Takes connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


def test_sigterm_ends_the_service_where_ray_hangs_and_streams_and_requests_are_open(
    hanging_ray: socket.socket, settings: ServiceSettings, ledger: Ledger, token: str
) -> None:
    sweep_id = ledger.sweeps.post(1, 1, small_spec()).id
    (port,) = free_ports(1)
    environment = os.environ | {
        "NPSWEEP_LEDGER_URL": settings.ledger_url,
        "NPSWEEP_STORAGE": str(settings.storage),
        "NPSWEEP_DATASETS": str(settings.datasets),
        "NPSWEEP_RAY_URL": f"http://127.0.0.1:{hanging_ray.getsockname()[1]}",
        "NPSWEEP_PORT": str(port),
    }
    api = httpx.Client(
        base_url=f"http://127.0.0.1:{port}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )

    def ask_what_hangs() -> None:
        with suppress(httpx.TransportError):
            api.get(f"/sweeps/{sweep_id}")

    with subprocess.Popen([sys.executable, "-m", "service.server"], env=environment) as process, api:
        try:
            by_the_reconciler = hanging_ray.accept()
            with api.stream("GET", "/events") as stream:
                assert stream.status_code == 200
                hanging = threading.Thread(target=ask_what_hangs)
                hanging.start()
                by_the_request = hanging_ray.accept()
                process.terminate()
                process.wait(MOST_SECONDS)
        finally:
            process.kill()
        hanging.join()
    for connection, _ in (by_the_reconciler, by_the_request):
        connection.close()
    assert ledger.sweeps.get(sweep_id).attempt == 0


def test_nothing_is_begun_once_the_service_is_told_to_end(
    settings: ServiceSettings, ledger: Ledger, cluster: MemoryCluster, token: str
) -> None:
    sweep_id = ledger.sweeps.post(1, 1, small_spec()).id
    Reconciler(ledger, cluster, settings, closing=lambda: True).tick()
    assert (ledger.sweeps.state(sweep_id), cluster.submissions) == (SweepState.QUEUED, [])
