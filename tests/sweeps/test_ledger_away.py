"""PostgreSQL is killed and started again under a running sweep: nothing is lost and nothing is doubled."""

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweeps.outcome import Outcome
from sweeps.states import SweepState, TrialState
from tests.postgresql import PostgresqlServer
from tests.sweeps.running import Desk, assert_nearly_equal

WORK = {
    "budget": {"trials": 4},
    "training": {"epochs": 8, "batch_size": 100},
    "search": {"sampler": {"name": "grid", "points": 4}},
}


@pytest.fixture(autouse=True)
def exchange_after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweeps.lane.EXCHANGE_SECONDS", 0.0)
    monkeypatch.setattr("sweeps.coordinator.BOOKING_SECONDS", 0.01)


@pytest.fixture
def desk(tmp_path: Path, postgresql: PostgresqlServer) -> Iterator[Desk]:
    desk = Desk(tmp_path, postgresql.schema())
    yield desk
    postgresql.start()
    desk.ledger.close()


@pytest.fixture
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("undisturbed"))
    assert desk.run(desk.post(**WORK)).outcome is Outcome.DONE
    return desk


@pytest.mark.parametrize("seed", range(2))
def test_a_sweep_outlasts_a_database_that_is_killed_again_and_again(
    seed: int, desk: Desk, undisturbed: Desk, postgresql: PostgresqlServer
) -> None:
    """Lane and coordinator run in their threads; the database is killed while they write, and stays away a while."""
    sweep_id = desk.post(**WORK)
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    deciding = threading.Thread(target=coordinator.run, daemon=True)
    training = threading.Thread(target=lambda: deque(iter(lane.step, False)), daemon=True)
    deciding.start()
    training.start()
    chance = random.Random(seed)
    for _ in range(4):
        time.sleep(chance.uniform(0.02, 0.3))
        postgresql.kill()
        time.sleep(chance.uniform(0.0, 1.0))
        postgresql.start()
    coordinator.wait(120)
    assert coordinator.outcome is Outcome.DONE
    training.join(60)
    desk.ledger.sweeps.end(sweep_id, SweepState.COMPLETED, attempt=1)
    deciding.join(60)
    assert_nearly_equal([desk.table(1), desk.epochs(1)], [undisturbed.table(1), undisturbed.epochs(1)])
    assert {trial.state for trial in desk.ledger.trials.page(1)} == {TrialState.COMPLETED}
    told = [event for event in desk.ledger.events.after(1, 0) if event.kind == "trial.finished"]
    assert Counter(event.data["number"] for event in told) == dict.fromkeys(range(8), 1)


def test_a_ledger_is_used_again_as_soon_as_the_database_is_back(desk: Desk, postgresql: PostgresqlServer) -> None:
    sweep_id = desk.post()
    postgresql.stop()
    postgresql.start()
    assert desk.ledger.sweeps.get(sweep_id).id == sweep_id
    postgresql.kill()
    postgresql.start()
    assert desk.ledger.lifecycle.stop(sweep_id).state is SweepState.STOPPED
