"""What every tracker must do: keep what it is told, once, however often it is told."""

import math
import uuid
from collections.abc import Iterator

import pytest

from sweeps.tracking.memory import MemoryTracker
from sweeps.tracking.tracker import Entry, NewRun, Point, Refused, RunStatus, Tracker
from tests.sweeps.mlflow_server import MlflowServer

TRACKERS = ["memory", pytest.param("mlflow", marks=pytest.mark.stack)]


@pytest.fixture(params=TRACKERS)
def tracker(request: pytest.FixtureRequest) -> Iterator[Tracker]:
    if request.param == "memory":
        yield MemoryTracker()
        return
    server: MlflowServer = request.getfixturevalue("mlflow_server")
    yield server.tracker()


@pytest.fixture
def experiment(tracker: Tracker) -> str:
    return tracker.open_experiment(f"team/{uuid.uuid4()}")


def new_run(key: str = "trial-0", group: str = "1", parent: str | None = None) -> NewRun:
    return NewRun(group=group, key=key, name=f"run {key}", user="ada", started_at=1_000.5, parent=parent)


@pytest.fixture
def run(tracker: Tracker, experiment: str) -> str:
    return tracker.create_run(experiment, new_run())


def test_a_run_is_found_by_its_group_and_key(tracker: Tracker, experiment: str) -> None:
    assert tracker.find_runs(experiment, "1") == {}
    first = tracker.create_run(experiment, new_run("trial-0"))
    second = tracker.create_run(experiment, new_run("trial-1"))
    other = tracker.create_run(experiment, new_run("trial-0", group="2"))
    assert tracker.find_runs(experiment, "1") == {"trial-0": [first], "trial-1": [second]}
    assert tracker.find_runs(experiment, "2") == {"trial-0": [other]}


def test_a_run_made_twice_shows_as_two_and_one_can_be_removed(tracker: Tracker, experiment: str) -> None:
    first, second = (tracker.create_run(experiment, new_run()) for _ in range(2))
    assert sorted(tracker.find_runs(experiment, "1")["trial-0"]) == sorted([first, second])
    tracker.remove_run(second)
    assert tracker.find_runs(experiment, "1") == {"trial-0": [first]}


def test_a_new_run_knows_its_name_its_user_its_parent_and_when_it_began(tracker: Tracker, experiment: str) -> None:
    parent = tracker.create_run(experiment, new_run("sweep"))
    child = tracker.read(tracker.create_run(experiment, new_run(parent=parent)))
    assert (child.name, child.user, child.parent) == ("run trial-0", "ada", parent)
    assert (child.started_at, child.ended_at, child.status) == (1_000.5, None, RunStatus.RUNNING)
    assert (child.parameters, child.tags, child.points, child.files, child.note) == ({}, {}, [], {}, "")


def test_a_run_can_be_put_under_another_parent(tracker: Tracker, experiment: str) -> None:
    first, second = (tracker.create_run(experiment, new_run("sweep")) for _ in range(2))
    child = tracker.create_run(experiment, new_run(parent=first))
    tracker.place_under(child, second)
    assert tracker.read(child).parent == second
    assert tracker.find_runs(experiment, "1")["trial-0"] == [child]


@pytest.mark.parametrize("name", ["a b/c", 'o\'brien "&" sons/σ % ?x=1#y', "../../etc/passwd", "' OR 1=1 --/x"])
def test_an_experiment_of_any_name_is_made_once(tracker: Tracker, name: str) -> None:
    experiment = tracker.open_experiment(name)
    assert tracker.open_experiment(name) == experiment
    assert tracker.open_experiment(name + "x") != experiment


def test_what_is_written_can_be_read(tracker: Tracker, run: str) -> None:
    points = [Point("loss", 0.25, step, 1_000.0 + step) for step in (1, 2)] + [Point("loss/seed-0", -1.0, 1, 1_001.25)]
    tracker.write(run, Entry({"learning_rate": "0.01"}, points, {"state": "running", "σ": "ja"}))
    found = tracker.read(run)
    assert found.parameters == {"learning_rate": "0.01"}
    assert found.tags == {"state": "running", "σ": "ja"}
    assert found.points == points


def test_writing_again_changes_nothing(tracker: Tracker, run: str) -> None:
    points = [Point("loss", value, step, 1_000.0) for step, value in enumerate([0.5, math.inf])]
    entry = Entry({"rule": "anp"}, points, {"state": "running"})
    tracker.write(run, entry)
    before = tracker.read(run)
    tracker.write(run, entry)
    tracker.write(run, Entry({}, [*points, Point("loss", 0.125, 2, 1_001.0)], {}))
    after = tracker.read(run)
    assert after.points[:2] == before.points
    assert len(after.points) == 3
    assert (after.parameters, after.tags) == (before.parameters, before.tags)


def test_a_tag_takes_its_newest_value_and_a_parameter_never_another(tracker: Tracker, run: str) -> None:
    tracker.write(run, Entry({"rule": "anp"}, [], {"state": "running"}))
    tracker.write(run, Entry({}, [], {"state": "completed"}))
    with pytest.raises(Refused):
        tracker.write(run, Entry({"rule": "np"}))
    found = tracker.read(run)
    assert (found.parameters, found.tags) == ({"rule": "anp"}, {"state": "completed"})


def test_nan_is_kept_as_nan_once(tracker: Tracker, run: str) -> None:
    for _ in range(2):
        tracker.write(run, Entry(points=[Point("loss", math.nan, 3, 1_000.0)]))
    (point,) = tracker.read(run).points
    assert math.isnan(point.value)


def test_an_entry_may_be_larger_than_one_call_may_hold(tracker: Tracker, run: str) -> None:
    parameters = {f"parameter.{index}": str(index) for index in range(230)}
    tags = {f"tag.{index}": str(index) for index in range(130)}
    points = [Point(name, 0.5, step, 1_000.0) for name in ("a", "b", "c") for step in range(700)]
    tracker.write(run, Entry(parameters, points, tags))
    found = tracker.read(run)
    assert (found.parameters, found.tags, len(found.points)) == (parameters, tags, 2_100)


def test_an_empty_entry_is_nothing(tracker: Tracker, run: str) -> None:
    tracker.write(run, Entry())
    assert tracker.read(run).points == []


@pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED])
def test_an_ended_run_says_how_and_when_and_takes_what_comes_late(
    tracker: Tracker, run: str, status: RunStatus
) -> None:
    for _ in range(2):
        tracker.end(run, status, 2_000.25)
    tracker.write(run, Entry(points=[Point("loss", 0.5, 1, 1_500.0)]))
    found = tracker.read(run)
    assert (found.status, found.ended_at, len(found.points)) == (status, 2_000.25, 1)


def test_a_file_is_kept_byte_by_byte_and_replaced_by_its_successor(tracker: Tracker, run: str) -> None:
    data = bytes(range(256)) * 50
    tracker.attach(run, "networks/danp/member.safetensors", b"old")
    tracker.attach(run, "networks/danp/member.safetensors", data)
    tracker.attach(run, "report.md", "σ".encode())
    assert tracker.read(run).files == {"networks/danp/member.safetensors": data, "report.md": "σ".encode()}


def test_a_note_is_replaced_by_its_successor(tracker: Tracker, run: str) -> None:
    tracker.note(run, "first")
    tracker.note(run, "# second\n\n| a |")
    assert tracker.read(run).note == "# second\n\n| a |"


def test_a_run_that_is_not_there_refuses(tracker: Tracker) -> None:
    with pytest.raises(Refused):
        tracker.write("0123456789abcdef0123456789abcdef", Entry(tags={"state": "running"}))
    with pytest.raises(Refused):
        tracker.end("0123456789abcdef0123456789abcdef", RunStatus.FINISHED, 1.0)
