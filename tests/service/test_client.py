"""The Python client against a served API."""

import socket
import threading
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest

from service.app import create_app
from service.cli import main
from service.client import Client, ServiceProblem, ServiceUnreachable
from service.client.events import as_event, parsed
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.states import SweepState
from tests.service.conftest import Document
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster
from tests.service.test_sweeps_api import with_trials


@pytest.fixture
def client(address: str, token: str) -> Iterator[Client]:
    with Client(address, token) as client:
        yield client


def test_a_sweep_is_cloned_labelled_archived_compared_and_deleted(
    client: Client, spec: Document, ledger: Ledger
) -> None:
    first = client.submit(spec)
    second = client.clone(first.id, {"budget": {"trials": 5}}, ["larger"], "a note")
    assert (second.spec["budget"], second.labels, second.note) == ({"trials": 5}, ["larger"], "a note")
    assert client.label(first.id, ["paper"]).labels == ["paper"]
    assert client.note(first.id, "see 2").note == "see 2"
    assert "budget.trials" in client.compare([first.id, second.id])
    client.stop(first.id)
    assert client.archive(first.id).archived_at is not None
    assert [sweep.id for sweep in client.sweeps()] == [second.id]
    assert [sweep.id for sweep in client.sweeps(archived=True)] == [first.id]
    client.delete(first.id)
    with pytest.raises(ServiceProblem, match="there is no sweep 1; `npsweep list`"):
        client.sweep(first.id)


def test_a_sweep_is_posted_with_labels_and_a_note_and_a_text_is_one_label(client: Client, spec: Document) -> None:
    first = client.submit(spec, -2, labels="paper", note="see 2")
    assert (first.labels, first.note, first.priority, first.user) == (["paper"], "see 2", -2, "admin")
    assert client.clone(first.id, labels="larger", priority=-3).labels == ["larger"]
    assert client.label(first.id, "figure 3").labels == ["figure 3"]
    assert client.submit(spec, labels=["a", "b"]).labels == ["a", "b"]


def test_a_change_of_a_version_that_is_over_is_refused(client: Client, spec: Document) -> None:
    seen = client.submit(spec)
    assert client.prioritise(seen.id, -1, if_version=seen.version).version == seen.version + 1
    changes: list[Callable[[], object]] = [
        lambda: client.prioritise(seen.id, -2, if_version=seen.version),
        lambda: client.label(seen.id, ["a"], if_version=seen.version),
        lambda: client.extend(seen.id, 9, if_version=seen.version),
        lambda: client.clone(seen.id, if_version=seen.version),
        lambda: client.delete(seen.id, if_version=seen.version),
    ]
    for change in changes:
        with pytest.raises(ServiceProblem) as refused:
            change()
        assert refused.value.problem.status == 412
    assert client.sweep(seen.id).priority == -1


def test_trials_come_by_page_by_arm_and_as_a_frame(client: Client, spec: Document, ledger: Ledger) -> None:
    sweep_id = client.submit(spec).id
    with_trials(ledger, sweep_id)
    assert [trial.number for trial in client.trials(sweep_id, arm="bp", state="completed")] == [0, 2]
    frame = client.trials_frame(sweep_id)
    assert list(frame["trial"]) == [0, 1, 2, 3]
    assert frame["value"].max() == 0.9
    assert str(frame["started_at"].dtype).endswith("UTC]")
    assert len(client.trials_frame(sweep_id, epochs=True)) == 2
    file = BytesIO()
    client.export(sweep_id, file, "csv")
    assert file.getvalue().count(b"\n") == 5


def test_events_end_with_the_sweep(client: Client, spec: Document, ledger: Ledger) -> None:
    sweep_id = client.submit(spec).id
    timer = threading.Timer(0.5, lambda: ledger.lifecycle.stop(sweep_id))
    timer.start()
    found = list(client.events(sweep_id))
    assert [(event.kind, event.data["state"]) for event in found] == [
        ("sweep.state", "queued"),
        ("sweep.state", "stopped"),
    ]
    assert list(client.events(sweep_id, after=found[0].id)) == found[1:]


def test_a_stream_is_taken_up_again_where_the_service_was_started_again(
    settings: ServiceSettings, cluster: MemoryCluster, token: str, ledger: Ledger, spec: Document
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", token) as client:
        with served(lambda closing: create_app(settings, cluster, closing), port):
            sweep_id = client.submit(spec).id
            events = client.events(sweep_id)
            assert next(events).data["state"] == "queued"
        ledger.sweeps.start_attempt(sweep_id)
        ledger.sweeps.move(sweep_id, SweepState.RUNNING)
        with served(lambda closing: create_app(settings, cluster, closing), port):
            ledger.lifecycle.stop(sweep_id)
            ledger.sweeps.end(sweep_id, SweepState.STOPPED)
            assert [event.data["state"] for event in events] == ["starting", "running", "stopping", "stopped"]


def test_a_service_that_does_not_come_back_is_given_up(token: str) -> None:
    with Client("http://127.0.0.1:9", token) as client, pytest.raises(ServiceUnreachable):
        next(client.team_events(patience=0.1))


def test_what_the_service_refuses_is_told_where_a_stream_was_asked_for(client: Client) -> None:
    with pytest.raises(ServiceProblem, match="there is no sweep 99"):
        next(client.events(99))
    with pytest.raises(ServiceProblem, match="there is no sweep 99"):
        client.trials_frame(99)


def test_comments_and_ids_alone_are_no_events() -> None:
    lines = [": ping", "", "id: 7", "", "event: note", 'data: {"sweep":1,"at":"2026-01-01T00:00:00Z"}', "id: 8", ""]
    alone, event = parsed(lines)
    assert (alone.id, alone.data) == ("7", None)
    assert (event.id, event.kind, as_event(event).sweep) == ("8", "note", 1)


@pytest.mark.parametrize("token", ["tökén", "nps_a\nb", "nps_a b"])
def test_what_is_no_token_is_refused_and_not_repeated(token: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="characters that no token has") as refused:
        Client("http://127.0.0.1:1", token)
    assert token not in str(refused.value)
    with pytest.raises(SystemExit) as ended:
        main(["list", "--url", "http://127.0.0.1:1", "--token", token])
    said = capsys.readouterr().err
    assert (ended.value.code, "copy it again" in said, token in said) == (3, True, False)


def test_white_space_around_a_token_is_none_of_it(address: str, token: str) -> None:
    with Client(address, f"{token}\n") as client:
        assert client.me().user == "admin"
