"""Trials of earlier sweeps teach the samplers, count in no budget, and are taken only where they are comparable."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sweeps.ledger.records import InheritedTrial
from sweeps.replay import replay
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from sweeps.warm_start import NothingToInherit, inherit
from tests.sweeps.running import SPEC, Desk

RANGE = {"kind": "float", "low": 1e-3, "high": 1e-2, "log": True}
NARROW = RANGE | {"low": 3e-3}
SIZES = {"kind": "choice", "values": [[8], [16]]}
COMPARE: list[dict[str, Any]] = [{"rule": "bp", "space": {"learning_rate": RANGE}}, {"rule": "np"}]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """With sweep 1: bp and np, six trials each, at random."""
    desk = Desk(tmp_path)
    desk.run(desk.post(budget={"trials": 6}, search={"sampler": "random"}, compare=COMPARE))
    return desk


def spec_with(**changes: Any) -> SweepSpec:
    return SweepSpec.model_validate(SPEC | {"search": {"warm_start": [1]}, "compare": COMPARE} | changes)


def taken(desk: Desk, **changes: Any) -> list[InheritedTrial]:
    return inherit(desk.ledger, 1, spec_with(**changes))


def test_every_arm_takes_over_what_it_could_have_suggested(desk: Desk) -> None:
    found = taken(desk)
    by_number = {trial.number: trial for trial in desk.ledger.trials.page(1)}
    assert [(one.arm, one.number) for one in found] == [(arm, number) for arm in (0, 1) for number in range(6)]
    for one in found:
        source = by_number[one.source_trial]
        assert (one.configuration, one.value, one.state) == (source.configuration, source.value, source.state)


def test_values_outside_the_new_ranges_are_left(desk: Desk) -> None:
    rates = [trial.configuration["learning_rate"] for trial in desk.ledger.trials.page(1) if trial.arm == 0]
    found = taken(desk, compare=[{"rule": "bp", "space": {"learning_rate": NARROW}}])
    assert [one.configuration["learning_rate"] for one in found] == [
        rate for rate in rates if isinstance(rate, float) and rate >= 3e-3
    ]


def test_what_was_fixed_then_may_be_searched_now_and_the_other_way_round(desk: Desk) -> None:
    now_searched = [{"rule": "bp", "space": {"network.hidden": SIZES}}]
    assert {str(one.configuration["network.hidden"]) for one in taken(desk, compare=now_searched)} == {"[8]"}
    first = desk.ledger.trials.get(1, 0).configuration["learning_rate"]
    now_fixed = [{"rule": "bp", "fixed": {"learning_rate": first}, "space": {"network.hidden": SIZES}}]
    assert [one.source_trial for one in taken(desk, compare=now_fixed)] == [0]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"name": "teacher"}},
        {"training": SPEC["training"] | {"epochs": 5}},
        {"network": {"kind": "dense", "hidden": [9]}},
        {"compare": [{"rule": "anp"}]},
        {"compare": [{"rule": "bp", "decorrelation": True}]},
    ],
    ids=["data", "epochs", "network", "rule", "decorrelation"],
)
def test_what_is_not_comparable_is_refused_with_the_reason(changes: dict[str, Any], desk: Desk) -> None:
    with pytest.raises(NothingToInherit, match="could be suggested here: data, network, training, epochs"):
        taken(desk, **changes)


def test_another_teams_sweep_does_not_exist(desk: Desk) -> None:
    with pytest.raises(NothingToInherit, match="there is no sweep 1; name finished sweeps of your team"):
        inherit(desk.ledger, 2, spec_with())


@pytest.mark.parametrize("sampler", [{"name": "tpe", "startup_trials": 6}, {"name": "gp", "startup_trials": 6}])
def test_a_sampler_knows_its_inheritance_from_the_first_trial_on_and_can_be_replayed(
    sampler: object, desk: Desk
) -> None:
    search = {"sampler": sampler, "warm_start": [1], "pruner": {"name": "median", "startup_trials": 1}}
    spec = SweepSpec.model_validate(SPEC | {"search": search, "budget": {"trials": 4}, "compare": COMPARE})
    found = inherit(desk.ledger, 1, spec)
    sweep_id = desk.ledger.sweeps.post(1, 1, spec.model_dump(mode="json"), found).id
    desk.run(sweep_id)
    desk.ledger.sweeps.end(1, SweepState.FAILED)
    desk.ledger.shelf.remove(1)  # it changes nothing for the sweep that began with it
    trials = desk.ledger.trials.page(sweep_id)
    for arm in (0, 1):
        own = [trial for trial in trials if trial.arm == arm]
        kept = desk.ledger.trials.inherited(sweep_id, arm)
        assert [one.agrees for one in replay(spec, arm, own, kept)] == [True] * 4
        assert not any(one.agrees for one in replay(spec, arm, own[:1]))
    assert len(trials) == 8
    assert all(trial.number < 8 for trial in trials)


PRUNERS: list[Any] = [
    {"name": "median", "startup_trials": 3, "warmup_epochs": 1},
    {"name": "asha", "factor": 2},
    {"name": "hyperband", "factor": 2},
    {"name": "patient", "patience": 0},
    {"name": "wilcoxon", "warmup_epochs": 1, "p_threshold": 0.3},
]


@pytest.mark.parametrize("pruner", PRUNERS, ids=lambda pruner: pruner["name"])
def test_no_pruner_judges_by_trials_of_other_sweeps(pruner: Any, tmp_path: Path) -> None:
    """With a source in which trials were pruned, the first own trials are judged as if there were none."""
    desk, compare = Desk(tmp_path), [{"rule": "np"}]
    replicates = 2 if pruner["name"] == "wilcoxon" else 1
    first = {"sampler": "random", "pruner": {"name": "asha", "factor": 2}}
    desk.run(desk.post(budget={"trials": 8}, search=first, compare=compare, replicates=replicates))
    states = {trial.state for trial in desk.ledger.trials.page(1)}
    assert states == {TrialState.COMPLETED, TrialState.PRUNED}
    search = {"sampler": "tpe", "warm_start": [1], "pruner": pruner}
    own = [{"learning_rate": rate, "noise_scale": 0.01} for rate in (0.01, 0.001, 0.02)]
    arm = [{"rule": "np", "enqueued": own}]
    document = SPEC | {"search": search, "budget": {"trials": 3}, "compare": arm, "replicates": replicates}
    spec = SweepSpec.model_validate(document)
    found = inherit(desk.ledger, 1, spec)
    alone = SweepSpec.model_validate(document | {"search": search | {"warm_start": []}})
    warm = desk.ledger.sweeps.post(1, 1, spec.model_dump(mode="json"), found).id
    cold = desk.ledger.sweeps.post(1, 1, alone.model_dump(mode="json")).id
    for sweep_id in (warm, cold):
        desk.run(sweep_id)
    outcomes = [[(t.state, t.epoch) for t in desk.ledger.trials.page(sweep_id)] for sweep_id in (warm, cold)]
    if pruner["name"] != "hyperband":  # its brackets depend on the numbers that Optuna gives
        assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 3


def test_a_warm_start_draws_other_configurations_than_its_source(desk: Desk) -> None:
    """Fewer trials than startup_trials: tpe still draws at random, and the seed of both is 0."""
    spec = spec_with(search={"sampler": {"name": "tpe", "startup_trials": 50}, "warm_start": [1]}, budget={"trials": 6})
    found = inherit(desk.ledger, 1, spec)
    sweep_id = desk.ledger.sweeps.post(1, 1, spec.model_dump(mode="json"), found).id
    desk.run(sweep_id)
    earlier, later = ({str(trial.configuration) for trial in desk.ledger.trials.page(one)} for one in (1, sweep_id))
    assert len(later) == 12
    assert not earlier & later


def test_a_trial_is_taken_by_what_it_trained_whatever_its_sweep_searched(tmp_path: Path) -> None:
    """The source searched the optimiser; the new sweep searches momentum too, which sgd's trials had by default."""
    desk, optimiser = Desk(tmp_path), {"kind": "choice", "values": ["adam", "sgd"]}
    space = {"training.optimiser": optimiser, "learning_rate": RANGE}
    desk.run(desk.post(budget={"trials": 6}, search={"sampler": "qmc"}, compare=[{"rule": "bp", "space": space}]))
    momentum = {"kind": "float", "low": 0.0, "high": 0.95, "when": {"training.optimiser": "sgd"}}
    wider = [{"rule": "bp", "space": space | {"training.optimiser.momentum": momentum}}]
    assert {str(one.configuration["training.optimiser"]) for one in taken(desk, compare=wider)} == {"adam", "sgd"}
    assert len(taken(desk, compare=wider)) == 6


def test_gp_inherits_no_more_than_it_can_fit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweeps.search.samplers.MAX_GP_TRIALS", 7)
    with pytest.raises(
        NothingToInherit, match=r"compare\[0\] \(bp\) would begin with 6 trials of 1: .* gp takes at most 7"
    ):
        taken(desk, search={"sampler": "gp", "warm_start": [1]}, budget={"trials": 2})


@pytest.mark.parametrize("sampler", ["cmaes", "random", "grid", "qmc"])
def test_a_sampler_that_learns_nothing_from_earlier_sweeps_refuses_them(sampler: str) -> None:
    with pytest.raises(ValidationError, match=f"search.sampler {sampler} cannot begin with trials of earlier sweeps"):
        spec_with(search={"sampler": sampler, "warm_start": [1]})
