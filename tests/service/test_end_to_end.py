"""Sweeps on the real stack while parts of it are killed: exactly their budget, whatever happened."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import psutil
import pytest

from service.answers.views import Event, SweepView
from service.client import Client
from sweeps.states import SweepState, TrialState
from tests.service.conftest import Document, small_spec
from tests.service.stack_process import Up, living, stack_at, title

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

SWEEP_SECONDS = 240.0
LANE = "ray::ResourceTrainable.train"
OUTCOMES = {TrialState.COMPLETED, TrialState.PRUNED, TrialState.DIVERGED}


def a_sweep(trials: int, epochs: int) -> Document:
    """Long enough to be interrupted in its middle."""
    return small_spec() | {
        "name": "to be interrupted",
        "network": {"kind": "dense", "hidden": [64, 32]},
        "training": {"epochs": epochs, "batch_size": 50},
        "budget": {"trials": trials},
        "confirmation": {"seeds": 2},
    }


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = stack_at(tmp_path_factory.mktemp("e2e") / "data")
    up.start()
    yield up
    if up.process.poll() is None:
        up.interrupt()


def wait_for(client: Client, sweep_id: int, reached: Callable[[SweepView], bool]) -> SweepView:
    deadline = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < deadline:
        sweep = client.sweep(sweep_id)
        if reached(sweep):
            return sweep
        assert not sweep.state.is_final, (sweep.state, sweep.reason)
        time.sleep(0.2)
    raise AssertionError(f"sweep {sweep_id} did not get there: {sweep}")


def in_the_middle(sweep: SweepView) -> bool:
    """Trials train, and not all of them are done."""
    running = sum(arm.running for arm in sweep.arms)
    return sweep.state is SweepState.RUNNING and running > 0


def assert_exactly_its_budget(client: Client, sweep: SweepView) -> None:
    trials = list(client.trials(sweep.id))
    budget = sweep.spec["budget"]["trials"]
    assert [trial.number for trial in trials] == list(range(len(sweep.arms) * budget))
    assert Counter(trial.arm for trial in trials) == {arm.name: budget for arm in sweep.arms}
    assert {trial.state for trial in trials} <= OUTCOMES
    for trial in trials:
        for member in client.trial(sweep.id, trial.number).members:
            epochs = [epoch.epoch for epoch in member.epochs]
            assert epochs == list(range(1, len(epochs) + 1)), (trial.number, member.phase, member.seed)
            times = [one for stint in member.stints for one in (stint.since, stint.until) if one is not None]
            assert len(times) == 2 * len(member.stints) > 0, "it was in a lane, and is in none any more"
            assert times == sorted(times), "it was in one lane after the other"


def lanes(up: Up) -> list[psutil.Process]:
    """The workers that train; Ray names a worker after what it runs."""
    return [process for process in living(up.processes()) if title(process).startswith(LANE)]


def driver_and_lanes(up: Up) -> list[str]:
    titles = [title(process) for process in living(up.processes())]
    return [one for one in titles if "sweeps.run" in one or one.startswith(LANE)]


def test_a_sweep_survives_the_death_of_api_and_supervisor(up: Up) -> None:
    with up.client() as client:
        sweep_id = client.submit(a_sweep(trials=5, epochs=40)).id
        wait_for(client, sweep_id, in_the_middle)
    api = up.component("api")
    up.kill()
    api.kill()
    api.wait(5)
    up.start()
    with up.client() as client:
        sweep = wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.COMPLETED)
        assert sweep.attempt == 1, "its driver lived on and was adopted"
        assert_exactly_its_budget(client, sweep)
        assert "danp" in client.report(sweep_id, "table")


def test_sigterm_ends_the_api_in_five_seconds_with_open_streams_and_the_sweep_goes_on(up: Up) -> None:
    with up.client() as client, up.client() as following, up.client() as watching:
        sweep_id = client.submit(a_sweep(trials=5, epochs=40)).id
        heard: list[Event] = []
        follower = threading.Thread(target=lambda: heard.extend(following.events(sweep_id)))
        follower.start()
        wait_for(client, sweep_id, in_the_middle)
        for_all = watching.team_events(after=0)
        assert next(for_all).id > 0
        api = up.component("api")
        api.terminate()
        api.wait(5)
        up.wait_for_api()
        sweep = wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.COMPLETED)
        assert sweep.attempt == 1
        assert_exactly_its_budget(client, sweep)
        follower.join(30)
        assert heard[-1].data["state"] == "completed"
        finished = [event.data for event in heard if event.kind == "trial.finished"]
        assert len(finished) == 10, "each is told once, whatever the stream went through"


def test_what_its_processes_say_is_kept_until_a_sweep_is_deleted_with_its_files_and_runs(up: Up) -> None:
    with up.client() as client:
        sweep_id = client.submit(a_sweep(trials=2, epochs=2)).id
        wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.COMPLETED)
        assert {"driver", "coordinator", "lane-0"} <= {entry.source for entry in client.logs(sweep_id)}
        assert any("attempt 1: done" in entry.text for entry in client.logs(sweep_id, source="driver"))
        assert until(lambda: client.sweep(sweep_id).is_tracked)
        runs = [trial.tracking for trial in client.trials(sweep_id)] + [client.sweep(sweep_id).links.tracking]
        client.delete(sweep_id)
    assert until(lambda: not list(up.folder.storage.glob(f"*/{sweep_id}")))
    assert until(lambda: {stage(up, run) for run in runs} == {"deleted"})


def until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not (found := true()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def stage(up: Up, link: str | None) -> str:
    """Whether MLflow counts a run, by its link, as active or deleted."""
    run = str(link).rpartition("/")[2]
    answer = httpx.get(f"{up.record.mlflow_url}/api/2.0/mlflow/runs/get", params={"run_id": run})
    return str(answer.json()["run"]["info"]["lifecycle_stage"])


def test_a_sweep_survives_the_death_of_a_lane(up: Up) -> None:
    with up.client() as client:
        sweep_id = client.submit(a_sweep(trials=5, epochs=40)).id
        wait_for(client, sweep_id, in_the_middle)
        killed = lanes(up)[0]
        killed.kill()
        sweep = wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.COMPLETED)
        assert_exactly_its_budget(client, sweep)


def test_a_sweep_stops_within_fifteen_seconds_and_leaves_no_process(up: Up) -> None:
    with up.client() as client:
        sweep_id = client.submit(a_sweep(trials=50, epochs=1_000)).id
        wait_for(client, sweep_id, in_the_middle)
        time.sleep(2.0)
        before = client.trials(sweep_id)
        measured = {trial.number: trial.epoch for trial in before}
        began = time.monotonic()
        client.stop(sweep_id)
        sweep = wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.STOPPED)
        assert time.monotonic() - began < 15
        after = {trial.number: trial.epoch for trial in client.trials(sweep_id)}
        assert all(after[number] >= epoch for number, epoch in measured.items())
        assert sum(arm.running for arm in sweep.arms) == 0
        deadline = time.monotonic() + 15
        while (left := driver_and_lanes(up)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not left


def test_a_sweep_is_paused_within_fifteen_seconds_resumed_and_extended(up: Up) -> None:
    with up.client() as client:
        sweep_id = client.submit(a_sweep(trials=4, epochs=60)).id
        wait_for(client, sweep_id, in_the_middle)
        assert client.pause(sweep_id).state is SweepState.PAUSING
        asked = time.monotonic()
        paused = wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.PAUSED)
        assert time.monotonic() - asked < 15.0
        assert not any(arm.running for arm in paused.arms)
        while driver_and_lanes(up) and time.monotonic() - asked < 15.0:
            time.sleep(0.2)
        assert driver_and_lanes(up) == []
        client.resume(sweep_id)
        wait_for(client, sweep_id, in_the_middle)
        client.extend(sweep_id, 6)
        client.lanes(sweep_id, 2, 2)
        done = wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.COMPLETED)
        assert (done.attempt, done.arms[0].budget) == (2, 6)
        assert_exactly_its_budget(client, done)


def test_a_sweep_goes_on_after_the_stack_was_ended_in_its_middle(up: Up) -> None:
    with up.client() as client:
        sweep_id = client.submit(a_sweep(trials=5, epochs=60)).id
        wait_for(client, sweep_id, in_the_middle)
    processes = up.processes()
    assert up.interrupt() < 10
    assert not living(processes)
    up.start()
    with up.client() as client:
        sweep = wait_for(client, sweep_id, lambda sweep: sweep.state is SweepState.COMPLETED)
        assert sweep.attempt == 2
        assert_exactly_its_budget(client, sweep)
