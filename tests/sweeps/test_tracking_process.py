"""The tracking process against a real MLflow server, with both of them killed at bad moments."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sweeps.ledger import Ledger
from sweeps.states import TrialState
from sweeps.tracking.entries import group
from sweeps.tracking.tracker import Run, RunStatus
from tests.sweeps.booked import BookedSweep, open_ledger
from tests.sweeps.mlflow_server import MlflowServer

pytestmark = pytest.mark.stack

PATIENCE_SECONDS = 120.0


class TrackingProcess:
    """`python -m sweeps.tracking` on a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self._log = folder / "tracking.log"
        settings = {
            "NPSWEEP_LEDGER_URL": f"sqlite:///{folder / 'ledger.db'}",
            "NPSWEEP_STORAGE": str(folder / "storage"),
            "NPSWEEP_DATASETS": str(folder / "datasets"),
            "NPSWEEP_TRACKING_URL": url,
        }
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "sweeps.tracking"]
            self._process = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)

    def log(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.log(), lambda: f"{text!r} in\n{self.log()}")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def terminate(self) -> tuple[int, float]:
        """SIGTERM; the exit code, and the seconds it took."""
        begun = time.monotonic()
        self._process.terminate()
        return self._process.wait(30), time.monotonic() - begun


def wait_until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not in {PATIENCE_SECONDS} s: {what()}"
        time.sleep(0.1)


@pytest.fixture
def start(tmp_path: Path, mlflow_server: MlflowServer) -> Iterator[Callable[[], TrackingProcess]]:
    started: list[TrackingProcess] = []

    def begin() -> TrackingProcess:
        started.append(TrackingProcess(tmp_path, mlflow_server.url))
        return started[-1]

    yield begin
    for process in started:
        process.kill()


def is_told(ledger: Ledger) -> bool:
    return not ledger.outbox.undelivered_sweeps()


def runs(sweep: BookedSweep, server: MlflowServer) -> dict[str, Run]:
    tracker, record = server.tracker(), sweep.ledger.sweeps.get(sweep.id)
    team, _ = sweep.ledger.outbox.owner(sweep.id)
    found = tracker.find_runs(tracker.open_experiment(f"{team}/{record.name}"), group(record))
    assert all(len(ids) == 1 for ids in found.values()), found
    return {key: tracker.read(ids[0]) for key, ids in found.items()}


def test_what_mlflow_missed_is_told_once_when_it_is_back(
    tmp_path: Path, mlflow_server: MlflowServer, start: Callable[[], TrackingProcess]
) -> None:
    sweep = BookedSweep(open_ledger(tmp_path), team="o'neill & σ/π")
    mlflow_server.kill()
    try:
        process = start()
        sweep.trial(0, TrialState.RUNNING, None, epochs=1)
        process.wait_for("unreachable")
        sweep.epochs("search", 0, 0, upto=3, above=1)
        sweep.end_trial(0, TrialState.COMPLETED, 0.5)
        sweep.trial(1, TrialState.DIVERGED, None, epochs=1)
        sweep.confirmed(0, [0.8, 0.9, 1.0])
        sweep.end()
        time.sleep(2.0)
        assert not is_told(sweep.ledger)
        assert process.log().count("unreachable") == 1
    finally:
        mlflow_server.start()
    wait_until(lambda: is_told(sweep.ledger), process.log)
    found = runs(sweep, mlflow_server)
    assert sorted(found) == ["confirmation-0", "sweep", "trial-0", "trial-1"]
    assert len([point for point in found["trial-0"].points if point.name == "train_loss"]) == 3
    assert (found["sweep"].status, found["trial-1"].status) == (RunStatus.FINISHED, RunStatus.FAILED)
    assert {"report.md", "curves/bp.csv", "specification.yaml"} <= found["sweep"].files.keys()
    code, seconds = process.terminate()
    assert code == 0
    assert seconds < 5.0


def test_a_killed_tracker_leaves_no_second_run_and_no_gap(
    tmp_path: Path, mlflow_server: MlflowServer, start: Callable[[], TrackingProcess]
) -> None:
    sweep = BookedSweep(open_ledger(tmp_path), budget={"trials": 10})
    for number in range(20):
        sweep.trial(number, value=number / 20)
    sweep.end()
    first = start()
    first.wait_for("following the ledger")
    second = start()
    second.wait_for("another tracker is at work")
    wait_until(lambda: len(sweep.ledger.outbox.trial_runs(sweep.id)) > 5, first.log)
    first.kill()
    second.wait_for("completed")
    wait_until(lambda: is_told(sweep.ledger), second.log)
    found = runs(sweep, mlflow_server)
    assert len(found) == 21
    for number in range(20):
        run = found[f"trial-{number}"]
        assert run.status is RunStatus.FINISHED
        assert [point.step for point in run.points if point.name == "validation_accuracy"] == [1, 2, 3]
    code, _ = second.terminate()
    assert code == 0
