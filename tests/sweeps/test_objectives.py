"""Several objectives: searched together, reported as a Pareto front, confirmed by the first."""

import itertools
import operator
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sweeps.ledger.records import TrialRecord
from sweeps.outcome import Outcome
from sweeps.replay import replay
from sweeps.report import build_report, render
from sweeps.report.front import pareto_fronts
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.sweeps.running import SPEC, Desk
from tests.sweeps.test_winner import TRIAL

OBJECTIVES = ["validation_accuracy", "device_seconds"]
SIZES = {"kind": "choice", "values": [[8], [64]]}
COMPARE = [{"rule": "bp", "space": {"network.hidden": SIZES}}, {"rule": "np"}]


def searched_by(sampler: object, desk: Desk, **changes: Any) -> int:
    search = {"objectives": OBJECTIVES, "sampler": sampler}
    return desk.post(**{"budget": {"trials": 6}, "search": search, "compare": COMPARE} | changes)


@pytest.mark.parametrize(
    "sampler", [{"name": "tpe", "startup_trials": 3}, {"name": "gp", "startup_trials": 3}, "random", "qmc", "grid"]
)
def test_every_trial_has_every_objective_and_its_suggestion_can_be_made_again(sampler: object, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sweep_id = searched_by(sampler, desk, replicates=2)
    lost = desk.attempt(sweep_id)
    lane = desk.lane(lost, sweep_id, places=2)
    for _ in range(3):
        lane.step()
        lost.tick()
    coordinator = desk.run(sweep_id)
    trials = desk.ledger.trials.page(sweep_id)
    members = desk.ledger.trials.members(sweep_id)
    for trial in trials:
        own = [one for one in members if (one.trial, one.phase) == (trial.number, "search")]
        assert trial.objectives is not None
        assert trial.objectives["validation_accuracy"] == trial.value
        assert trial.objectives["device_seconds"] == pytest.approx(sum(one.device_seconds for one in own) / 2)
    for arm in (0, 1):
        own_trials = [trial for trial in trials if trial.arm == arm]
        assert [one.agrees for one in replay(coordinator.spec, arm, own_trials)] == [True] * 6


def test_the_report_holds_the_front_and_the_first_objective_is_confirmed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sweep_id = searched_by("random", desk)
    desk.run(sweep_id)
    report = build_report(desk.ledger, sweep_id)
    assert report.objectives == tuple(OBJECTIVES)
    for arm in report.arms:
        assert arm.front[0].trial == arm.best_trial
        accuracies = [one.objectives["validation_accuracy"] for one in arm.front]
        seconds = [one.objectives["device_seconds"] for one in arm.front]
        assert accuracies == sorted(accuracies, reverse=True)
        assert seconds == sorted(seconds, reverse=True)
    assert any(one.among_all for arm in report.arms for one in arm.front)
    for format in ("table", "md"):
        text = render(report, format)
        assert "Pareto front of each arm by validation" in text
        assert "network.hidden" in text


def test_a_trial_that_lacks_an_objective_has_diverged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss overflows where the accuracy is still a number."""

    def overflowing(metrics: dict[str, float]) -> dict[str, float | None]:
        return metrics | {"validation_loss": None}

    monkeypatch.setattr("sweeps.lane._finite", overflowing)
    desk = Desk(tmp_path)
    search = {"objectives": ["validation_accuracy", "validation_loss"], "sampler": "random"}
    sweep_id = desk.post(budget={"trials": 2}, search=search, compare=[{"rule": "bp"}])
    assert desk.run(sweep_id).outcome is Outcome.DONE
    assert {trial.state for trial in desk.ledger.trials.page(sweep_id)} == {TrialState.DIVERGED}


def scored(number: int, **objectives: float) -> TrialRecord:
    return replace(TRIAL, number=number, state=TrialState.COMPLETED, objectives=objectives)


def test_the_front_holds_exactly_what_nothing_dominates() -> None:
    """Every pair of a grid of points, against the definition."""
    points = list(itertools.product((0.1, 0.2, 0.3), (1.0, 2.0, 3.0)))
    names = ("validation_accuracy", "device_seconds")
    for chosen in itertools.combinations(range(9), 4):
        trials = [scored(n, validation_accuracy=points[n][0], device_seconds=points[n][1]) for n in chosen]
        ((*front,),) = pareto_fronts([trials], names)
        expected = {
            n
            for n in chosen
            if not any(points[m][0] >= points[n][0] and points[m][1] <= points[n][1] and m != n for m in chosen)
        }
        assert {one.trial for one in front} == expected


def test_the_front_of_three_objectives_holds_exactly_what_nothing_dominates() -> None:
    chance = random.Random(0)
    names = ("validation_accuracy", "validation_loss", "device_seconds")
    trials = [scored(n, **{name: float(chance.randrange(6)) for name in names}) for n in range(60)]
    losses = {
        n: (-one["validation_accuracy"], one["validation_loss"], one["device_seconds"]) for n, one in scores(trials)
    }
    ((*front,),) = pareto_fronts([trials], names)
    assert {one.trial for one in front} == {
        n
        for n, own in losses.items()
        if not any(other != own and all(map(operator.le, other, own)) for other in losses.values())
    }


def scores(trials: Sequence[TrialRecord]) -> Iterator[tuple[int, dict[str, float]]]:
    return ((trial.number, trial.objectives) for trial in trials if trial.objectives)


def test_a_front_of_many_trials_compares_no_pair_of_them() -> None:
    """With two objectives the time grows as sorting does: of 10,000 on the front there are 50 million pairs."""
    trials = [scored(n, validation_accuracy=n / 10_000, device_seconds=float(n)) for n in range(10_000)]
    ((*front,),) = pareto_fronts([trials], ("validation_accuracy", "device_seconds"))
    assert [one.trial for one in front] == list(reversed(range(10_000)))


def test_trials_of_equal_objectives_stand_on_the_front_together() -> None:
    twins = [scored(n, validation_accuracy=0.5, device_seconds=1.0) for n in (3, 4)]
    ((first, second),) = pareto_fronts([twins], ("validation_accuracy", "device_seconds"))
    assert (first.trial, second.trial) == (3, 4)


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"objectives": ["device_seconds", "validation_loss"]}, "device_seconds stands first"),
        ({"objectives": ["validation_loss", "validation_loss"]}, "names an objective twice"),
        ({"objectives": OBJECTIVES, "pruner": "median"}, "median compares one value"),
        ({"objectives": OBJECTIVES, "sampler": "cmaes"}, "cmaes improves one objective"),
        ({"objectives": OBJECTIVES, "warm_start": [1]}, "earlier trials have one value each"),
        ({"objectives": ["speed"]}, "validation_accuracy"),
    ],
)
def test_objectives_that_cannot_be_searched_are_refused(search: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SweepSpec.model_validate(SPEC | {"search": search})


def test_regression_has_no_accuracy_to_improve() -> None:
    training = {"epochs": 1, "batch_size": 9, "loss": "squared_error"}
    with pytest.raises(ValidationError, match="sarcos has no classes; name validation_loss"):
        SweepSpec.model_validate(SPEC | {"data": "sarcos", "training": training, "search": {"objectives": OBJECTIVES}})


def test_one_objective_may_be_another_metric() -> None:
    spec = SweepSpec.model_validate(SPEC | {"search": {"objectives": ["validation_loss"]}})
    assert (spec.metric, spec.maximise, spec.objectives) == ("validation_loss", False, ("validation_loss",))
