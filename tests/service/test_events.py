"""The event stream: in order, resumable, and with an end."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.settings import ServiceSettings
from service.streams import event_hub, events, welcome
from sweeps.ledger import Ledger
from sweeps.ledger.trials import Batch
from sweeps.ledger.users import UserChange
from sweeps.logs.names import file
from sweeps.roles import Role
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


@pytest.mark.parametrize("path", ["sweeps/{sweep_id}/events", "events", "sweeps/{sweep_id}/logs/stream"])
def test_open_streams_end_when_the_service_closes(
    path: str, settings: ServiceSettings, cluster: MemoryCluster, token: str, ledger: Ledger, spec: Document
) -> None:
    seen: list[dict[str, Any]] = []
    opened = threading.Event()

    def follow(address: str, sweep_id: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{address}/api/v1/{path.format(sweep_id=sweep_id)}"
        with httpx.stream("GET", url, headers=headers, timeout=30) as answer:
            for event in received(answer.iter_lines()):
                seen.append(event)
                opened.set()

    with served(lambda closing: create_app(settings, cluster, closing)) as address:
        headers = {"Authorization": f"Bearer {token}"}
        sweep_id = httpx.post(f"{address}/api/v1/sweeps", json=spec, headers=headers).json()["id"]
        log = file(settings.storage, sweep_id, 1, "driver")
        log.parent.mkdir(parents=True)
        log.write_text("2026-01-01T00:00:00.000Z begin\n")
        thread = threading.Thread(target=follow, args=(address, sweep_id))
        thread.start()
        assert opened.wait(10)
        before = time.monotonic()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - before < 3
    assert len(seen) == 1


def heard(api: httpx.Client, count: int, after: int | None = None) -> list[dict[str, Any]]:
    """The first events of the team's stream, an id alone among them."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    found: list[dict[str, Any]] = []
    with api.stream("GET", "/api/v1/events", headers=headers, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for event in received(answer.iter_lines()):
            found.append(event)
            if len(found) == count:
                break
    return found


def test_the_teams_stream_tells_of_all_its_sweeps_and_of_no_others(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    first = post(spec)
    other = ledger.accounts.caller(ledger.accounts.add_team("others", "eve"))
    assert other is not None
    ledger.sweeps.post(other.team_id, other.user_id, ledger.sweeps.get(first).spec)
    second = post(spec)
    ledger.lifecycle.stop(first)
    found = heard(api, 4, after=0)
    assert found[0] == {"id": "0"}
    assert [(event["data"]["sweep"], event["data"]["state"]) for event in found[1:]] == [
        (first, "queued"),
        (second, "queued"),
        (first, "stopped"),
    ]
    assert heard(api, 2, after=int(found[2]["id"]))[1] == found[3]


def test_the_teams_stream_begins_now_and_says_from_where(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    last = ledger.events.newest(sweep_id)
    with api.stream("GET", "/api/v1/events", timeout=10) as answer:
        events = received(answer.iter_lines())
        assert next(events) == {"id": str(last)}
        ledger.lifecycle.stop(sweep_id)
        event = next(events)
    assert (event["event"], event["data"]["state"]) == ("sweep.state", "stopped")


def test_a_stream_ends_when_its_sweep_is_deleted(api: httpx.Client, spec: Document, post: Post, ledger: Ledger) -> None:
    sweep_id = post(spec)
    with api.stream("GET", f"/api/v1/sweeps/{sweep_id}/events", timeout=20) as answer:
        events = received(answer.iter_lines())
        assert next(events)["data"]["state"] == "queued"
        ledger.lifecycle.stop(sweep_id)
        ledger.shelf.remove(sweep_id)
        assert [event["data"]["state"] for event in events] in ([], ["stopped"])


@pytest.mark.parametrize("batches", [[1_200], [2, 7, 1], [3, 4, 5, 6, 50, 3], [1] * 30 + [40] + [1] * 5])
def test_a_reader_who_is_slow_misses_nothing(
    batches: list[int], api: httpx.Client, spec: Document, post: Post, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_hub, "MOST_HELD", 3)
    monkeypatch.setattr(event_hub, "PAGE", 5)
    sweep_id = post(spec)
    attempt = ledger.sweeps.start_attempt(sweep_id)

    def live() -> None:
        time.sleep(0.3)
        for count in batches:
            ledger.trials.book(sweep_id, attempt, Batch(events=[("note", {})] * count))
        ledger.lifecycle.stop(sweep_id)
        ledger.sweeps.end(sweep_id, SweepState.STOPPED)

    thread = threading.Thread(target=live)
    thread.start()
    with api.stream("GET", f"/api/v1/sweeps/{sweep_id}/events", timeout=10) as answer:
        found = [int(event["id"]) for event in received(answer.iter_lines())]
    thread.join()
    assert found == [event.id for event in ledger.events.after(sweep_id, 0, 10_000)]


@pytest.mark.parametrize("path", ["events", "sweeps/{sweep_id}/events", "sweeps/{sweep_id}/logs/stream"])
@pytest.mark.parametrize("end", ["revoke", "deactivate"])
def test_a_stream_ends_with_the_token_that_opened_it(
    path: str, end: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(welcome, "ASKED_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(events, "IDLE_SECONDS", 0.05)
    sweep_id = post(spec)
    team = ledger.sweeps.get(sweep_id).team_id
    user, token = ledger.users.add(team, "ada", Role.MEMBER)
    headers = {"Authorization": f"Bearer {token.secret}"}
    with api.stream("GET", f"/api/v1/{path.format(sweep_id=sweep_id)}", headers=headers, timeout=10) as answer:
        assert answer.status_code == 200
        if end == "revoke":
            ledger.tokens.revoke(token.record.id, team)
        else:
            ledger.users.change(user.id, team, UserChange(active=False))
        for _ in answer.iter_lines():
            pass  # until it ends
    assert api.get("/api/v1/me", headers=headers).status_code == 401


def test_a_stream_that_the_event_loop_closes_ends_in_order(ledger: Ledger, token: str) -> None:
    wrong: list[dict[str, Any]] = []
    held = []

    async def leave_open() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
        hub = event_hub.EventHub(ledger, lambda: False)
        for _ in range(3):
            held.append(events.team_events(hub, ledger, 1, None, welcome.Welcome(ledger, token)))
            assert (await anext(held[-1])).id == "0"

    asyncio.run(leave_open())
    assert wrong == []
