"""What goes wrong around a sweep for a longer time, done to the real stacks: a full disk, no ledger, no MLflow."""

import math
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sweeps.ledger.records import SweepRecord
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from tests.chaos.disturbed import disturb, wait_until_told
from tests.chaos.embedded import EmbeddedStack
from tests.chaos.schedule import Schedule
from tests.chaos.shared import SharedStack
from tests.chaos.stack import Stack
from tests.chaos.sweep import SWEEP, assert_nothing_lost_or_counted_twice, assert_told_once, table

pytestmark = [pytest.mark.chaos, pytest.mark.stack, pytest.mark.timeout(900)]

AWAY_SECONDS = 60.0
PATIENCE_SECONDS = 400.0
LONG: dict[str, Any] = {
    "training": SWEEP["training"] | {"epochs": 1500},
    "budget": {"trials": 2},
    "compare": SWEEP["compare"][:1],
    "confirmation": {"seeds": 1},
    "lanes": 1,
}
"""A sweep whose networks are in the middle of their training for seconds, however fast the machine."""
SHORT: dict[str, Any] = LONG | {"training": SWEEP["training"] | {"epochs": 10}}
"""A sweep of which nothing matters but that it is trained."""
TINY_BYTES = 32 * 1024
"""Less than one checkpoint of the sweep's networks."""


@pytest.mark.representative
def test_a_sweep_whose_learning_rates_reach_ten_completes_and_its_best_is_finite(embedded: EmbeddedStack) -> None:
    rates = {"learning_rate": {"kind": "float", "low": 1e-4, "high": 10.0, "log": True}}
    training = SWEEP["training"] | {"epochs": 10, "optimiser": "sgd"}
    sweep = run(
        embedded,
        {"name": "nan prone", "training": training, "budget": {"trials": 16}, "trials_per_lane": 8, "lanes": 2}
        | {"search": {"sampler": "random", "space": rates}},
    )
    assert sweep.state is SweepState.COMPLETED
    trials = embedded.ledger.trials.page(sweep.id)
    states = {trial.state for trial in trials}
    assert len(trials) == 32
    assert states == {TrialState.COMPLETED, TrialState.DIVERGED}
    for trial in trials:
        if trial.state is TrialState.DIVERGED:
            assert trial.value is None
            assert f"diverged in epoch {trial.epoch} " in (trial.reason or "")
        else:
            assert math.isfinite(trial.value if trial.value is not None else math.nan)
    best = [arm.best_value for arm in embedded.ledger.trials.progress(sweep.id, maximise=False)]
    assert all(value is not None and math.isfinite(value) for value in best)
    confirmed = [one for one in embedded.ledger.trials.members(sweep.id) if one.phase == "confirmation"]
    assert {one.state for one in confirmed} == {TrialState.COMPLETED}


@pytest.mark.representative
def test_a_configuration_that_raises_fails_alone_with_its_traceback(embedded: EmbeddedStack) -> None:
    """It is too large for any memory, which nobody can know before it is tried."""
    sizes = {"network.hidden": {"kind": "choice", "values": [[64], [64, 4], [4_000_000_000]]}}
    arm = {"rule": "bp", "fixed": {"learning_rate": 1e-3}, "space": sizes}
    training = SWEEP["training"] | {"epochs": 10}
    sweep = run(
        embedded,
        {"name": "too large", "training": training, "budget": {"trials": 3}, "compare": [arm], "lanes": 1},
    )
    assert sweep.state is SweepState.COMPLETED
    trials = embedded.ledger.trials.page(sweep.id)
    failed = [trial for trial in trials if trial.state is TrialState.FAILED]
    assert [trial.configuration["network.hidden"] for trial in failed] == [[4_000_000_000]]
    assert "Traceback" in (failed[0].reason or "")
    assert "memory" in (failed[0].reason or "")
    assert [trial.state for trial in trials].count(TrialState.COMPLETED) == 2


@pytest.mark.representative
def test_where_the_leading_api_is_killed_the_other_leads_and_nothing_is_submitted_twice(shared: SharedStack) -> None:
    with shared.client() as client:
        sweeps = [client.submit(SWEEP).id]
    wait_for(shared, sweeps[0], lambda sweep: sweep.state is SweepState.RUNNING)
    leader = shared.leader()
    assert leader is not None
    assert shared.kill(leader) is not None
    deadline = time.monotonic() + 10
    while (follows := shared.leader()) in (None, leader) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert follows not in (None, leader)
    short = SweepSpec.model_validate(SWEEP | SHORT).model_dump(mode="json")
    sweeps.append(shared.ledger.sweeps.post(1, 1, short).id)
    for sweep_id in sweeps:
        ended = wait_for(shared, sweep_id, lambda sweep: sweep.state.is_final)
        assert (ended.state, ended.attempt) == (SweepState.COMPLETED, 1)


def test_a_full_disk_under_the_checkpoints_costs_time_and_nothing_else(embedded: EmbeddedStack) -> None:
    """Networks whose checkpoint could not be written begin anew after a pause, and end with the same numbers."""
    reference = run(embedded, LONG)
    folder = embedded.data.storage / "checkpoints"
    folder.mkdir(exist_ok=True)
    with tiny_disk(folder), embedded.client() as client:
        sweep_id = client.submit(SWEEP | LONG).id
        wait_for(embedded, sweep_id, lambda _sweep: booked(embedded, sweep_id) > LONG["training"]["epochs"] // 4)
        client.pause(sweep_id)
        wait_for(embedded, sweep_id, lambda sweep: sweep.state is SweepState.PAUSED)
        assert "No space left on device" in embedded.logs(sweep_id)
        assert not list(folder.rglob("*.safetensors"))
        client.resume(sweep_id)
        wait_for(embedded, sweep_id, lambda sweep: sweep.state.is_final)
    assert embedded.ledger.sweeps.get(sweep_id).state is SweepState.COMPLETED
    assert table(embedded.ledger, sweep_id) == table(embedded.ledger, reference.id)


def test_a_ledger_file_that_is_locked_for_a_minute_loses_nothing(embedded: EmbeddedStack) -> None:
    with embedded.client() as client:
        sweep_id = client.submit(SWEEP).id
    wait_for(embedded, sweep_id, lambda _sweep: booked(embedded, sweep_id) > 0)
    lock = sqlite3.connect(embedded.data.root / "ledger.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    time.sleep(AWAY_SECONDS)
    lock.execute("ROLLBACK")
    lock.close()
    sweep = wait_for(embedded, sweep_id, lambda sweep: sweep.state.is_final)
    assert sweep.attempt == 1, "its driver lived, and was left alone"
    assert_nothing_lost_or_counted_twice(embedded.ledger, sweep_id)


def test_a_postgresql_that_is_down_for_a_minute_loses_nothing(shared: SharedStack) -> None:
    with shared.client() as client:
        sweep_id = client.submit(SWEEP).id
    wait_for(shared, sweep_id, lambda _sweep: booked(shared, sweep_id) > 0)
    shared.postgresql.kill()
    time.sleep(AWAY_SECONDS)
    shared.postgresql.start()
    sweep = wait_for(shared, sweep_id, lambda sweep: sweep.state.is_final)
    assert sweep.attempt == 1, "its driver lived, and was left alone"
    assert_nothing_lost_or_counted_twice(shared.ledger, sweep_id)


def test_a_whole_sweep_without_mlflow_is_told_once_afterwards(shared: SharedStack) -> None:
    shared.mlflow.kill()
    try:
        done = disturb(shared, Schedule("without mlflow", 2, ()))
        assert not shared.ledger.outbox.is_delivered(done.sweep_id)
    finally:
        shared.mlflow.start()
    wait_until_told(shared, done.sweep_id)
    assert_told_once(shared.ledger, shared.tracker, done.sweep_id)


@contextmanager
def tiny_disk(folder: Path) -> Iterator[None]:
    """A disk of its own at the folder, which is full at once. Needs the right to mount."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={TINY_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def run(stack: Stack, changes: dict[str, object]) -> SweepRecord:
    with stack.client() as client:
        sweep_id = client.submit(SWEEP | changes).id
    return wait_for(stack, sweep_id, lambda sweep: sweep.state.is_final)


def booked(stack: Stack, sweep_id: int) -> int:
    return len(stack.ledger.trials.epochs(sweep_id))


def wait_for(stack: Stack, sweep_id: int, reached: Callable[[SweepRecord], bool]) -> SweepRecord:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached(sweep := stack.ledger.sweeps.get(sweep_id)):
        assert time.monotonic() < deadline, sweep
        time.sleep(0.2)
    return sweep
