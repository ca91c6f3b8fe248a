"""Conditional dimensions: searched beside certain values of others and nowhere else, by every sampler that can."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sweeps.replay import replay
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.sweeps.running import SPEC, Desk

OPTIMISER = {"kind": "choice", "values": ["adam", "sgd"]}
MOMENTUM = {"kind": "float", "low": 0.5, "high": 0.95, "when": {"training.optimiser": "sgd"}}
BETA = {"kind": "choice", "values": [0.8, 0.9], "when": {"training.optimiser": ["adam"]}}
SPACE = {
    "training.optimiser.momentum": MOMENTUM,  # stands before what it depends on
    "training.optimiser.beta1": BETA,
    "training.optimiser": OPTIMISER,
    "learning_rate": {"kind": "float", "low": 1e-3, "high": 1e-2},
}
SIZE = {"kind": "int", "low": 9, "high": 10, "when": {"training.optimiser": "sgd"}}
BATCH = {"training.batch_size": {"kind": "choice", "values": [50, 100]}}
PATHS = {"sgd": "training.optimiser.momentum", "adam": "training.optimiser.beta1"}


def spec_of(compare: list[dict[str, Any]], **changes: Any) -> SweepSpec:
    return SweepSpec.model_validate(SPEC | {"search": {"sampler": "random"}, "compare": compare} | changes)


@pytest.mark.parametrize(
    "sampler", [{"name": "tpe", "startup_trials": 3}, "qmc", "random", {"name": "grid", "points": 2}]
)
def test_a_condition_decides_in_every_trial_what_is_searched(sampler: object, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    search = {"sampler": sampler}
    sweep_id = desk.post(budget={"trials": 8}, search=search, compare=[{"rule": "bp", "space": SPACE}])
    coordinator = desk.run(sweep_id)
    trials = desk.ledger.trials.page(sweep_id)
    assert {trial.state for trial in trials} == {TrialState.COMPLETED}
    assert {trial.configuration["training.optimiser"] for trial in trials} == {"adam", "sgd"}
    for trial in trials:
        path = PATHS[str(trial.configuration["training.optimiser"])]
        assert trial.configuration.keys() == {"learning_rate", "training.optimiser", path}
    assert all(one.agrees for one in replay(coordinator.spec, 0, trials))
    again = desk.post(budget={"trials": 8}, search=search, compare=[{"rule": "bp", "space": SPACE}])
    desk.run(again)
    assert [one.configuration for one in desk.ledger.trials.page(again)] == [one.configuration for one in trials]


def test_a_grid_counts_every_branch_with_its_own_axes() -> None:
    """adam: 2 rates × 2 betas, sgd: 2 rates × 2 momenta."""
    sampler = {"sampler": {"name": "grid", "points": 2}}
    spec_of([{"rule": "bp", "space": SPACE}], budget={"trials": 8}, search=sampler)
    with pytest.raises(ValidationError, match="the grid has 8 points"):
        spec_of([{"rule": "bp", "space": SPACE}], budget={"trials": 9}, search=sampler)


def test_a_resolved_specification_with_conditions_serialises_back_to_itself() -> None:
    spec = spec_of([{"rule": "bp", "space": SPACE}])
    assert SweepSpec.model_validate_json(spec.model_dump_json()) == spec
    again = SweepSpec.model_validate_json(spec.model_dump_json())
    assert list(again.compare[0].space) == list(spec.compare[0].space)
    assert next(iter(spec.compare[0].space)) == "training.optimiser"


@pytest.mark.parametrize("sampler", ["grid", "qmc"])
def test_what_a_point_leaves_open_beside_an_enqueued_value_is_drawn_by_the_seed(sampler: str, tmp_path: Path) -> None:
    """The grid's first point has adam and no momentum; a person asks for sgd."""
    desk = Desk(tmp_path)
    arm = {"rule": "bp", "space": SPACE, "enqueued": [{"training.optimiser": "sgd"}]}
    sweeps = [desk.post(budget={"trials": 3}, search={"sampler": sampler}, compare=[arm]) for _ in range(2)]
    first, second = ([desk.run(sweep), desk.ledger.trials.page(sweep)] for sweep in sweeps)
    assert [t.configuration for t in first[1]] == [t.configuration for t in second[1]]  # type: ignore[attr-defined]
    assert all(one.agrees for one in replay(first[0].spec, 0, first[1]))  # type: ignore[attr-defined, arg-type]


@pytest.mark.parametrize("turned", [False, True])
def test_conditions_of_one_dimension_hold_together(turned: bool) -> None:
    """Momentum needs sgd and a batch of 10, and the batch is searched beside either optimiser."""
    batch = {"kind": "choice", "values": [10, 20], "when": {"training.optimiser": ["adam", "sgd"]}}
    named = [("training.optimiser", ["sgd"]), ("training.batch_size", [10])]
    momentum = MOMENTUM | {"when": dict(named[::-1] if turned else named)}
    space = {"training.optimiser": OPTIMISER, "training.batch_size": batch, "training.optimiser.momentum": momentum}
    spec = spec_of([{"rule": "bp", "space": space}])
    assert spec.compare[0].space.keys() == space.keys() | {"learning_rate"}


def test_the_probes_of_a_space_cover_every_branch() -> None:
    optimisers = {probe.shape.optimiser.name for probe in spec_of([{"rule": "bp", "space": SPACE}]).probes(0)}
    assert optimisers == {"adam", "sgd"}


def test_a_shared_condition_applies_to_the_arms_that_have_what_it_names() -> None:
    space = {"training.optimiser.momentum": MOMENTUM}
    arms: list[dict[str, Any]] = [
        {"rule": "bp", "space": {"training.optimiser": OPTIMISER}},
        {"rule": "np", "fixed": {"training.optimiser": "sgd"}},
        {"rule": "anp"},
    ]
    spec = spec_of(arms, search={"space": space, "sampler": "random"})
    found = [arm.space.get("training.optimiser.momentum") for arm in spec.compare]
    assert [one and one.when for one in found] == [{"training.optimiser": ["sgd"]}, {}, None]


def test_a_shared_condition_that_no_arm_can_meet_is_refused() -> None:
    space = {"training.batch_size": {"kind": "int", "low": 9, "high": 10, "when": {"training.epochs": 2}}}
    with pytest.raises(ValidationError, match=r"names training.epochs, which no arm searches or holds so"):
        spec_of([{"rule": "bp"}], search={"space": space, "sampler": "random"})


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (
            {"training.optimizer": "sgd"},
            "training.optimizer, which no arm searches or holds so; did you mean training.opt",
        ),
        ({"training.optimiser": "rmsprop"}, "'rmsprop', which training.optimiser never is: it is none of"),
        ({}, "does not exist where training.optimiser is 'adam'; if it belongs to another, write `when:"),
    ],
)
def test_a_mistake_in_a_condition_is_named(when: dict[str, Any], message: str) -> None:
    space = {"training.optimiser": OPTIMISER, "training.optimiser.momentum": MOMENTUM | {"when": when}}
    with pytest.raises(ValidationError) as refused:
        spec_of([{"rule": "bp"}], search={"space": space, "sampler": "random"})
    assert message in str(refused.value)


def test_an_enqueued_configuration_gives_what_its_conditions_need() -> None:
    good = {"training.optimiser": "sgd", "training.optimiser.momentum": 0.9}
    spec_of([{"rule": "bp", "space": SPACE, "enqueued": [good]}])
    with pytest.raises(ValidationError, match=r"searched only where training.optimiser is one of .'sgd'."):
        spec_of([{"rule": "bp", "space": SPACE, "enqueued": [{"training.optimiser.momentum": 0.9}]}])


@pytest.mark.parametrize(
    ("space", "fixed", "message"),
    [
        ({"training.batch_size": SIZE}, {}, "training.optimiser is not searched in this arm"),
        (SPACE | {"training.optimiser.beta1": BETA | {"when": {"training.optimiser": "lion"}}}, {}, "'lion', which"),
        (SPACE | {"training.optimiser.beta1": BETA | {"when": {"learning_rate": 0.1}}}, {}, "is a float, which hardly"),
        (SPACE | {"training.optimiser.beta1": BETA | {"when": {"training.optimiser": []}}}, {}, "names no value"),
        ({"training.optimiser.momentum": MOMENTUM}, {"training.optimiser": "adam"}, "is never searched, since"),
        (SPACE | {"training.optimiser.beta2": MOMENTUM}, {}, "beta2 does not exist"),
        (
            {"learning_rate": BETA | {"when": {"training.batch_size": 50}}, **BATCH},
            {},
            "needs it in every trial; drop its",
        ),
        (SPACE | {"training.optimiser.beta1": BETA | {"when": {"training.optimiser.beta1": 0.9}}}, {}, "on itself"),
        (
            SPACE | {"training.optimiser.momentum": MOMENTUM | {"when": {"training.optimiser": ["sgd", "adam"]}}},
            {},
            "where {'training.optimiser': 'adam'}: training.optimiser.momentum does not exist",
        ),
        (
            {
                "training.batch_size": {"kind": "choice", "values": [10, 20]},
                "training.epochs": {"kind": "choice", "values": [2, 3], "when": {"training.batch_size": 10}},
                "training.optimiser.beta1": BETA | {"when": {"training.batch_size": 20, "training.epochs": 2}},
            },
            {},
            "its conditions exclude each other",
        ),
        (
            {
                "training.batch_size": {"kind": "int", "low": 9, "high": 10, "when": {"training.epochs": 2}},
                "training.epochs": {"kind": "int", "low": 2, "high": 3, "when": {"training.batch_size": 9}},
            },
            {},
            "wait for each other",
        ),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(space: Any, fixed: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        spec_of([{"rule": "bp", "space": space, "fixed": fixed}])


@pytest.mark.parametrize("sampler", ["gp", "cmaes"])
def test_a_sampler_that_needs_every_dimension_refuses_conditions(sampler: str) -> None:
    space = {"training.epochs": {"kind": "int", "low": 2, "high": 3}}
    space |= {"training.batch_size": {"kind": "int", "low": 9, "high": 10, "when": {"training.epochs": 2}}}
    with pytest.raises(ValidationError, match=f"has a condition, and search.sampler {sampler} needs"):
        spec_of([{"rule": "bp", "space": space}], search={"sampler": sampler})
