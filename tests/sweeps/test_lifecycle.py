"""Paused, resumed, stopped, extended, retried: what comes out equals one uninterrupted sweep."""

import pytest

from learning import Population
from sweeps.attempt.concluding import finish as conclude
from sweeps.coordinator import Coordinator
from sweeps.lane import Lane
from sweeps.outcome import Outcome
from sweeps.settings import SweepSettings
from sweeps.states import SweepState, TrialState
from tests.sweeps.running import Desk, assert_nearly_equal, finish

GRID = {"sampler": {"name": "grid", "points": 4}}
BUDGET = 4


@pytest.fixture(autouse=True)
def exchange_after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweeps.lane.EXCHANGE_SECONDS", 0.0)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("uninterrupted"))
    drive(desk, desk.post(search=GRID, budget={"trials": BUDGET}))
    return desk


def drive(desk: Desk, sweep_id: int, lanes: int = 1, steps: int | None = None) -> SweepState:
    """One attempt as its driver runs it; with `steps`, it is paused after so many steps of its lanes."""
    coordinator = desk.attempt(sweep_id)
    crew = [desk.lane(coordinator, sweep_id, number) for number in range(lanes)]
    if steps is not None:
        take(coordinator, crew, steps)
        desk.ledger.lifecycle.pause(sweep_id)
    outcome = finish(coordinator, crew)
    end(desk, sweep_id, outcome)
    return desk.ledger.sweeps.get(sweep_id).state


def take(coordinator: Coordinator, crew: list[Lane], steps: int) -> None:
    for _ in range(steps):
        for lane in crew:
            lane.step()
        coordinator.tick()


def end(desk: Desk, sweep_id: int, outcome: Outcome) -> None:
    attempt = desk.ledger.sweeps.get(sweep_id).attempt
    settings = SweepSettings(ledger_url="sqlite://", storage=desk.folder / "storage", datasets=desk.folder)
    conclude(desk.ledger, settings, sweep_id, attempt, outcome, None)


def assert_equal(desk: Desk, other: Desk, sweep_id: int = 1) -> None:
    """All trials, members and measurements, but for confirmations of what was the best for a while."""
    assert_nearly_equal(wanted(desk, sweep_id, desk.table(sweep_id)), wanted(other, 1, other.table(1)))
    assert_nearly_equal(wanted(desk, sweep_id, desk.epochs(sweep_id)), wanted(other, 1, other.epochs(1)))


def wanted(desk: Desk, sweep_id: int, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    report = desk.ledger.sweeps.report(sweep_id)
    assert report is not None
    best = [arm["best_trial"] for arm in report["arms"]]
    return [row for row in rows if row[0] != "confirmation" or row[1] in best]


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_paused_resumed_and_extended_equals_uninterrupted(
    desk: Desk, uninterrupted: Desk, steps: int, lanes: int
) -> None:
    sweep_id = desk.post(search=GRID, budget={"trials": 2})
    assert drive(desk, sweep_id, lanes, steps) is SweepState.PAUSED
    states = {trial.state for trial in desk.ledger.trials.page(sweep_id)}
    assert TrialState.RUNNING not in states, "nothing trains while it is paused"
    desk.ledger.lifecycle.resume(sweep_id)
    assert drive(desk, sweep_id, lanes) is SweepState.COMPLETED
    desk.ledger.lifecycle.extend(sweep_id, BUDGET)
    assert drive(desk, sweep_id, lanes) is SweepState.COMPLETED
    assert_equal(desk, uninterrupted)


def test_a_pause_loses_no_epoch(desk: Desk, uninterrupted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused again and again, every epoch of the search is trained once."""
    trained: list[object] = []
    train_epoch = Population.train_epoch

    def noted(population: Population) -> object:
        reports = train_epoch(population)
        trained.extend(reports)
        return reports

    monkeypatch.setattr(Population, "train_epoch", noted)
    sweep_id = desk.post(search=GRID, budget={"trials": BUDGET})
    while drive(desk, sweep_id, steps=3) is SweepState.PAUSED:
        desk.ledger.lifecycle.resume(sweep_id)
    assert len(trained) == len(desk.epochs(sweep_id)) == len(uninterrupted.epochs(1))
    assert_equal(desk, uninterrupted)


@pytest.mark.parametrize("steps", [1, 4, 8, 12])
def test_extended_while_it_trains_equals_uninterrupted(desk: Desk, uninterrupted: Desk, steps: int) -> None:
    sweep_id = desk.post(search=GRID, budget={"trials": 2})
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    take(coordinator, [lane], steps)
    desk.ledger.lifecycle.extend(sweep_id, BUDGET)
    end(desk, sweep_id, finish(coordinator, [lane]))
    if desk.ledger.sweeps.get(sweep_id).state is SweepState.QUEUED:  # it came in the last moment: a new attempt goes on
        drive(desk, sweep_id)
    assert desk.ledger.sweeps.get(sweep_id).state is SweepState.COMPLETED
    assert_equal(desk, uninterrupted)


def test_an_extension_in_the_last_moment_is_not_lost(desk: Desk, uninterrupted: Desk) -> None:
    sweep_id = desk.post(search=GRID, budget={"trials": 2})
    coordinator = desk.run(sweep_id)
    desk.ledger.lifecycle.extend(sweep_id, BUDGET)
    assert coordinator.outcome is Outcome.DONE
    end(desk, sweep_id, coordinator.outcome)
    assert desk.ledger.sweeps.get(sweep_id).state is SweepState.QUEUED
    assert drive(desk, sweep_id) is SweepState.COMPLETED
    assert_equal(desk, uninterrupted)


def test_a_stopped_sweep_goes_on_when_it_is_resumed(desk: Desk, uninterrupted: Desk) -> None:
    sweep_id = desk.post(search=GRID, budget={"trials": BUDGET})
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    take(coordinator, [lane], 5)
    desk.ledger.lifecycle.stop(sweep_id)
    end(desk, sweep_id, finish(coordinator, [lane]))
    assert TrialState.STOPPED in {trial.state for trial in desk.ledger.trials.page(sweep_id)}
    desk.ledger.lifecycle.resume(sweep_id)
    assert drive(desk, sweep_id) is SweepState.COMPLETED
    assert_equal(desk, uninterrupted)


def test_a_stop_during_a_pause_stops(desk: Desk) -> None:
    sweep_id = desk.post(search=GRID, budget={"trials": BUDGET})
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    take(coordinator, [lane], 2)
    desk.ledger.lifecycle.pause(sweep_id)
    coordinator.tick()
    desk.ledger.lifecycle.stop(sweep_id)
    end(desk, sweep_id, finish(coordinator, [lane]))
    assert desk.ledger.sweeps.get(sweep_id).state is SweepState.STOPPED
    assert all(trial.state.is_final for trial in desk.ledger.trials.page(sweep_id))


def test_failed_trials_are_retried_and_then_equal_the_undisturbed(
    desk: Desk, uninterrupted: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_id = desk.post(search=GRID, budget={"trials": BUDGET})
    train_epoch = Lane._train_epoch

    def raising(lane: Lane) -> None:
        if any(key.trial == 3 for key in lane._held):
            raise RuntimeError("this node's device is broken")
        train_epoch(lane)

    monkeypatch.setattr(Lane, "_train_epoch", raising)
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    going = True
    while going:
        try:
            going = lane.step()
        except RuntimeError as error:
            lane.failed(str(error))
            lane = desk.lane(coordinator, sweep_id)
        coordinator.tick()
    end(desk, sweep_id, coordinator.outcome or Outcome.ABORTED)
    failed = [trial for trial in desk.ledger.trials.page(sweep_id) if trial.state is TrialState.FAILED]
    assert [(trial.number, trial.reason) for trial in failed] == [(3, "this node's device is broken")]
    monkeypatch.undo()
    desk.ledger.lifecycle.retry(sweep_id)
    assert drive(desk, sweep_id) is SweepState.COMPLETED
    assert_equal(desk, uninterrupted)


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_lanes_that_are_changed_while_they_train_change_nothing(desk: Desk, uninterrupted: Desk, steps: int) -> None:
    sweep_id = desk.post(search=GRID, budget={"trials": BUDGET})
    coordinator = desk.attempt(sweep_id)
    crew = [desk.lane(coordinator, sweep_id)]
    take(coordinator, crew, steps)
    desk.ledger.lifecycle.resize(sweep_id, 2, 1)
    coordinator.tick()
    while any(lane.step() for lane in crew):
        coordinator.tick()
    assert coordinator.outcome is None, "the first lane has ended, the sweep has not"
    first, spec = coordinator.crew()
    assert (first > 0, spec.lanes, spec.trials_per_lane) == (True, 2, 1)
    end(desk, sweep_id, finish(coordinator, [desk.lane(coordinator, sweep_id, first + n, places=1) for n in range(2)]))
    assert_equal(desk, uninterrupted)
