"""The event stream: in order, resumable, and with an end."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.states import SweepState
from tests.service.conftest import Document
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster

Post = Callable[[Document], int]


def received(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            event[name] = json.loads(value) if name == "data" else value
        elif event:
            yield event
            event = {}


def states(api: httpx.Client, sweep_id: int, after: int | None = None) -> list[str]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with api.stream("GET", f"/api/v1/sweeps/{sweep_id}/events", headers=headers, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [event["data"]["state"] for event in received(answer.iter_lines())]


def test_the_stream_ends_after_the_final_state(api: httpx.Client, spec: Document, post: Post, ledger: Ledger) -> None:
    sweep_id = post(spec)

    def live() -> None:
        time.sleep(0.5)
        ledger.sweeps.start_attempt(sweep_id)
        ledger.sweeps.move(sweep_id, SweepState.RUNNING)
        ledger.lifecycle.stop(sweep_id)
        ledger.sweeps.end(sweep_id, SweepState.STOPPED, None)

    thread = threading.Thread(target=live)
    thread.start()
    assert states(api, sweep_id) == ["queued", "starting", "running", "stopping", "stopped"]
    thread.join()


def test_a_stream_goes_on_where_it_broke_off(api: httpx.Client, spec: Document, post: Post, ledger: Ledger) -> None:
    sweep_id = post(spec)
    ledger.lifecycle.stop(sweep_id)
    first = ledger.events.after(sweep_id, 0)[0].id
    assert states(api, sweep_id) == ["queued", "stopped"]
    assert states(api, sweep_id, after=first) == ["stopped"]
    assert states(api, sweep_id, after=first + 1) == []


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30, "²"])
def test_an_id_that_was_never_given_is_refused(last: str, api: httpx.Client, spec: Document, post: Post) -> None:
    answer = api.get(f"/api/v1/sweeps/{post(spec)}/events", headers={b"Last-Event-ID": last.encode("utf-8")})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:npsweep:problem:bad-event-id")


def test_open_streams_end_when_the_service_closes(
    settings: ServiceSettings, cluster: MemoryCluster, token: str, ledger: Ledger, spec: Document
) -> None:
    seen: list[str] = []
    opened = threading.Event()

    def follow(address: str, sweep_id: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.stream("GET", f"{address}/api/v1/sweeps/{sweep_id}/events", headers=headers, timeout=30) as answer:
            for event in received(answer.iter_lines()):
                seen.append(event["data"]["state"])
                opened.set()

    with served(lambda closing: create_app(settings, cluster, closing)) as address:
        headers = {"Authorization": f"Bearer {token}"}
        sweep_id = httpx.post(f"{address}/api/v1/sweeps", json=spec, headers=headers).json()["id"]
        thread = threading.Thread(target=follow, args=(address, sweep_id))
        thread.start()
        assert opened.wait(5)
        before = time.monotonic()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - before < 3
    assert seen == ["queued"]
