"""A sweep's logs over REST, in the client and on the command line."""

import base64
import json
import zlib

import httpx
import pytest

from service.client import Client
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.logs.names import file
from tests.service.conftest import Document
from tests.service.test_cli import Run, run
from tests.service.test_events import received
from tests.service.test_sweeps_api import Post

__all__ = ["run"]


def write(settings: ServiceSettings, sweep_id: int, source: str, *entries: tuple[int, str]) -> None:
    path = file(settings.storage, sweep_id, 1, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as opened:
        opened.writelines(f"2026-01-01T00:00:{second:02d}.000Z {text}\n" for second, text in entries)


@pytest.fixture
def sweep_id(settings: ServiceSettings, spec: Document, post: Post) -> int:
    sweep_id = post(spec)
    write(settings, sweep_id, "driver", (1, "INFO begin"), (4, "ERROR at postgresql://npsweep:hunter2@db"))
    write(settings, sweep_id, "lane-0", (2, "INFO zero"), (3, "INFO zero again"))
    return sweep_id


def read(api: httpx.Client, sweep_id: int, **params: object) -> Document:
    answer = api.get(f"/api/v1/sweeps/{sweep_id}/logs", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: Document = answer.json()
    return found


def texts(page: Document) -> list[str]:
    return [entry["text"] for entry in page["items"]]


def packed(position: object) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(position).encode())).decode()


WHOLE = ["INFO begin", "INFO zero", "INFO zero again", "ERROR at postgresql://npsweep:***@db"]


def test_a_log_is_read_by_page_without_secrets(api: httpx.Client, sweep_id: int, settings: ServiceSettings) -> None:
    whole = read(api, sweep_id)
    assert (texts(whole), whole["next"]) == (WHOLE, None)
    assert whole["items"][1] == {"at": "2026-01-01T00:00:02Z", "attempt": 1, "source": "lane-0", "text": "INFO zero"}
    first = read(api, sweep_id, limit=3)
    assert texts(first) + texts(read(api, sweep_id, cursor=first["next"])) == WHOLE
    write(settings, sweep_id, "driver", (9, "INFO more"))
    assert texts(read(api, sweep_id, cursor=whole["position"])) == ["INFO more"]


def test_a_cursor_has_room_for_the_files_of_a_large_sweep(api: httpx.Client, sweep_id: int) -> None:
    position = {f"{attempt}/lane-{lane}": 7_919 * lane for attempt in range(10) for lane in range(100)}
    assert texts(read(api, sweep_id, cursor=packed(position))) == WHOLE


def test_only_the_end_or_one_source_can_be_asked_for(api: httpx.Client, sweep_id: int) -> None:
    assert texts(read(api, sweep_id, tail=2)) == WHOLE[2:]
    assert texts(read(api, sweep_id, source="lane")) == WHOLE[1:3]
    assert texts(read(api, sweep_id, attempt=2)) == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"cursor": "?"}, "cursor"),
        ({"cursor": "W10="}, "cursor"),
        ({"cursor": packed([])}, "cursor"),
        ({"cursor": packed({"1/driver": -1})}, "cursor"),
        ({"cursor": packed({"1/driver": True})}, "cursor"),
        ({"source": "../driver"}, "source"),
        ({"attempt": 0}, "attempt"),
    ],
)
@pytest.mark.parametrize("path", ["logs", "logs/stream"])
def test_what_is_no_part_of_a_log_is_refused(
    path: str, params: Document, field: str, api: httpx.Client, sweep_id: int
) -> None:
    answer = api.get(f"/api/v1/sweeps/{sweep_id}/{path}", params=params)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


def test_a_page_of_no_lines_is_refused(api: httpx.Client, sweep_id: int) -> None:
    answer = api.get(f"/api/v1/sweeps/{sweep_id}/logs", params={"tail": 0})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "tail"), answer.text


def test_another_teams_log_does_not_exist(address: str, sweep_id: int, ledger: Ledger) -> None:
    headers = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve')}"}
    for path in ("logs", "logs/stream"):
        assert httpx.get(f"{address}/api/v1/sweeps/{sweep_id}/{path}", headers=headers).status_code == 404


def test_a_log_is_followed_until_the_sweep_has_ended(
    api: httpx.Client, sweep_id: int, settings: ServiceSettings, ledger: Ledger
) -> None:
    with api.stream("GET", f"/api/v1/sweeps/{sweep_id}/logs/stream", timeout=10) as answer:
        events = received(answer.iter_lines())
        found = [next(events) for _ in WHOLE]
        write(settings, sweep_id, "lane-1", (8, "INFO late"))
        ledger.lifecycle.stop(sweep_id)
        found += events
    assert [event["data"]["text"] for event in found] == [*WHOLE, "INFO late"]
    headers = {"Last-Event-ID": found[2]["id"]}
    with api.stream("GET", f"/api/v1/sweeps/{sweep_id}/logs/stream", headers=headers, timeout=10) as answer:
        again = [event["data"] for event in received(answer.iter_lines())]
    assert again == [event["data"] for event in found[3:]]


def test_client_and_command_line_show_them(run: Run, address: str, token: str, sweep_id: int, ledger: Ledger) -> None:
    ledger.lifecycle.stop(sweep_id)
    with Client(address, token) as client:
        assert [entry.text for entry in client.logs(sweep_id)] == WHOLE
        assert [entry.text for entry in client.logs(sweep_id, source="driver", tail=1)] == WHOLE[3:]
        assert [entry.text for entry in client.follow_logs(sweep_id)] == WHOLE
    code, out, _ = run("logs", sweep_id, "--follow")
    assert (code, out.splitlines()[0]) == (0, "2026-01-01 00:00:01 1/driver INFO begin")
    assert json.loads(run("logs", sweep_id, "--tail", 1, "--json")[1])["source"] == "driver"
