"""A specification that parses can run; one that cannot is refused with the field, the value and the rule."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sweeps.spec import SweepSpec
from sweeps.yaml_text import parse_yaml
from tests.sweeps.running import SPEC

FLOAT = {"kind": "float", "low": 1e-4, "high": 1e-2}
EXAMPLES = sorted((Path(__file__).parents[2] / "sweeps" / "examples").glob("*.yaml"))


def test_a_specification_serialises_back_to_itself() -> None:
    spec = SweepSpec.model_validate(SPEC)
    assert SweepSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_shipped_example_parses(path: Path) -> None:
    SweepSpec.model_validate(parse_yaml(path.read_text()))


def test_arms_are_named_after_their_rule_and_search_what_they_have() -> None:
    spec = SweepSpec.model_validate(SPEC)
    assert [arm.name for arm in spec.compare] == ["bp", "danp"]
    assert spec.compare[0].space.keys() == {"learning_rate"}
    assert spec.compare[1].space.keys() == {"learning_rate", "noise_scale", "decorrelation_rate"}


def test_a_shared_dimension_applies_to_the_arms_that_have_it() -> None:
    spec = SweepSpec.model_validate(SPEC | {"search": {"space": {"noise_scale": FLOAT}}})
    assert "noise_scale" not in spec.compare[0].space
    assert spec.compare[1].space["noise_scale"].probes()[:2] == (1e-4, 1e-2)


def test_a_shared_structural_dimension_applies_to_the_arms_that_have_it() -> None:
    passes = {"kind": "int", "low": 1, "high": 4}
    spec = SweepSpec.model_validate(SPEC | {"search": {"space": {"rule.noise_passes": passes}}})
    assert ["rule.noise_passes" in arm.space for arm in spec.compare] == [False, True]


def test_a_fixed_value_is_not_searched() -> None:
    spec = SweepSpec.model_validate(SPEC | {"compare": [{"rule": "np", "fixed": {"noise_scale": 1e-3}}]})
    assert spec.compare[0].space.keys() == {"learning_rate"}


def test_search_and_confirmation_seeds_never_meet() -> None:
    spec = SweepSpec.model_validate(SPEC | {"seed": 998_999, "replicates": 100, "confirmation": {"seeds": 1000}})
    assert not set(spec.search_seeds()) & set(spec.confirmation_seeds())


def test_regression_searches_the_loss_downwards() -> None:
    training = {"epochs": 1, "batch_size": 9, "loss": "squared_error"}
    spec = SweepSpec.model_validate(SPEC | {"data": "sarcos", "training": training})
    assert (spec.metric, spec.maximise) == ("validation_loss", False)


def arm(**changes: Any) -> dict[str, Any]:
    return {"compare": [{"rule": "bp"} | changes]}


def space(**dimensions: Any) -> dict[str, Any]:
    return {"search": {"space": dimensions}}


def pruned(pruner: object) -> dict[str, Any]:
    return {"search": {"pruner": pruner}}


def sampled(sampler: object, **dimensions: Any) -> dict[str, Any]:
    return {"search": {"sampler": sampler, "space": dimensions}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surprise": 1}, "surprise"),
        (arm(rule="hebb"), "hebb"),
        (arm(rule={"name": "np", "noise_passes": 0}), "noise_passes = 0"),
        ({"compare": []}, "0 arms"),
        ({"compare": [{"rule": "np"}, {"rule": "np"}]}, "two arms are called 'np'"),
        (space(learning_rate=FLOAT | {"low": 1.0, "high": 0.1}), "low is 1 and high is 0.1"),
        (space(learning_rate=FLOAT | {"low": 1.0, "high": 1.0}), "low must be below high"),
        (space(learning_rate=FLOAT | {"low": 0.0, "log": True}), "must start above 0"),
        (space(learning_rate=FLOAT | {"low": float("nan")}), "finite"),
        (space(learning_rate=FLOAT | {"low": -1.0}), "space.learning_rate cannot be -1.0"),
        (space(**{"network.hidden": {"kind": "choice", "values": [[8], [0]]}}), "reaches \\[0\\]"),
        (space(**{"training.batch_size": {"kind": "float", "low": 16, "high": 64}}), "reaches 34.3"),
        (space(**{"training.loss": {"kind": "choice", "values": ["hinge"]}}), "hinge"),
        (space(learning_rate={"kind": "choice", "values": [n / 1000 for n in range(1, 102)]}), "at most 100"),
        ({"data": "sarcos"}, "write loss: squared_error"),
        ({"training": {"epochs": 1, "batch_size": 5000}}, "reaches 5000, and digits has 1150 training samples"),
        (arm(fixed={"training.batch_size": 2000}), "reaches 2000"),
        (space(**{"training.batch_size": {"kind": "choice", "values": [50, 2000]}}), "reaches 2000"),
        (space(**{"rule.noise_passes": {"kind": "int", "low": 0, "high": 2}}), "noise_passes = 0"),
        (space(noise_scal=FLOAT), "did you mean noise_scale"),
        (space(**{"network.hiden": FLOAT}), "did you mean network.hidden"),
        (space(**{"network.width": FLOAT}), "network.width does not exist"),
        (space(**{"rule.name": {"kind": "choice", "values": ["np"]}}), "rule.name does not exist"),
        (space(momentum=FLOAT), "momentum does not exist"),
        (arm(space={"noise_scale": FLOAT}), "noise_scale does not exist here"),
        (arm(rule="anp", space={"decorrelation_rate": FLOAT}), "decorrelation_rate does not exist here"),
        (arm(fixed={"learning_rate": -1}), "fixed.learning_rate is -1"),
        (arm(fixed={"learning_rate": 1e-3}, space={"learning_rate": FLOAT}), "both fixed"),
        ({"network": {"kind": "dense", "hidden": [0]}}, r"hidden = \[0\]"),
        ({"budget": {"trials": 0}}, "budget.trials"),
        ({"replicates": 0}, "replicates"),
        ({"confirmation": {"seeds": 0}}, "confirmation.seeds"),
        ({"data": "imagenet-22k"}, "imagenet-22k"),
        ({"lanes": 0}, "0 is not between 1 and 10000"),
        ({"trials_per_lane": "many"}, "trials_per_lane"),
        ({"training": {"epochs": 0, "batch_size": 10}}, "training.epochs"),
        (
            {"budget": {"trials": 3}},
            r"compare\[0\] \(bp\): budget.trials asks 3 of the sampler, but the grid has 2 points",
        ),
        (sampled({"name": "gp"}) | {"budget": {"trials": 1001}}, "gp takes at most 1000"),
        (sampled({"name": "cmaes", "population": 3}), "population is 3; give 4 to 10000"),
        (sampled({"name": "cmaes", "variant": "separable"}), "one dimension is searched"),
        (
            sampled("cmaes", **{"network.hidden": {"kind": "choice", "values": [[8]]}}),
            "space.network.hidden is a choice",
        ),
        (sampled({"name": "tpe", "group": True, "multivariate": False}), "group is true and multivariate is false"),
        (pruned({"name": "median", "warmup_epochs": 4}), "warmup_epochs is 4, but a trial trains 4"),
        (pruned({"name": "asha", "min_epochs": 4}), "min_epochs is 4, but a trial trains 4"),
        (pruned({"name": "hyperband", "min_epochs": 9}), "lower min_epochs below 4"),
        (pruned({"name": "patient", "patience": 2}), r"patience \+ 2 must be below 4"),
        (pruned({"name": "patient", "patience": 1, "pruner": {"name": "median", "warmup_epochs": 5}}), "is 5, but"),
        (pruned({"name": "patient", "pruner": "asha"}), "'none', 'median', 'percentile', 'wilcoxon'"),
        (pruned("wilcoxon"), "write replicates: 4 or more"),
        (pruned({"name": "wilcoxon", "p_threshold": 0.05}) | {"replicates": 4}, "write replicates: 5 or more"),
        ({"name": "../etc"}, "name"),
        (
            {"compare": [{"rule": "np"}], "training": SPEC["training"] | {"system_noise": 0.1}},
            "compare\\[0\\] \\(np\\)",
        ),
    ],
)
def test_a_specification_that_cannot_run_is_refused_with_the_reason(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SweepSpec.model_validate(SPEC | changes)


def test_yaml_reads_numbers_as_people_write_them() -> None:
    assert parse_yaml("a: 1e-3\nb: 5E+2\nc: [2e4]\nd: 1.5e-3\ne: e-3") == {
        "a": 1e-3,
        "b": 500.0,
        "c": [20_000.0],
        "d": 1.5e-3,
        "e": "e-3",
    }


def test_broken_yaml_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_yaml("a: [1,\nb: }")


def test_a_key_that_stands_twice_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"'name' stands here twice(.|\n)*line 3"):
        parse_yaml("name: a\ndata: b\nname: c")


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan"])
def test_a_number_that_is_not_finite_is_refused_with_its_path(number: str) -> None:
    with pytest.raises(ValueError, match=r"search\.space\[0\]\.high is .*: write a finite number"):
        parse_yaml(f"search: {{space: [{{high: {number}}}]}}")


def test_yaml_builds_nothing_but_plain_values() -> None:
    for text in ("!!python/object/apply:os.getcwd []", "a: !!bool foo", "a: !!int ''", "a: 0x_", "[" * 3_000):
        with pytest.raises(ValueError, match="not valid YAML"):
            parse_yaml(text)
