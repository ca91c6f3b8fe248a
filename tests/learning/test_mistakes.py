"""What a person gets wrong in a notebook is refused at once: the field, the value, the rule, the remedy."""

# mypy: disable-error-code="arg-type"
# A type checker finds many of these mistakes; a notebook has none.

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from learning import (
    SGD,
    ActivityNodePerturbation,
    Adam,
    Data,
    Decorrelation,
    Dense,
    Digits,
    ForwardGradient,
    Hyperparameters,
    MemberState,
    NodePerturbation,
    Population,
    Shape,
    Split,
    Teacher,
    load_data,
)

ANP = ActivityNodePerturbation()
NUMBERS = Hyperparameters(learning_rate=1e-3, noise_scale=1e-2)


def data(**changes: Any) -> Data:
    """Twelve samples of three features, two classes."""
    split = Split(torch.rand(12, 3), torch.arange(12) % 2)
    given = {"name": "own", "task": "classification", "input_shape": (3,), "outputs": 2}
    return Data(**(given | dict.fromkeys(("train", "validation", "test"), split) | changes))


def population(**changes: Any) -> Population:
    return Population(Shape(**({"rule": ANP, "network": Dense(hidden=(4,)), "batch_size": 4} | changes)), data())


MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "rule by name": (lambda: Shape(rule="anp"), "rule = 'anp': must be an object of class"),
    "rule as class": (lambda: Shape(rule=ActivityNodePerturbation), "rule = .*write for example ActivityNodePerturb"),
    "decorrelation true": (lambda: Shape(rule=ANP, decorrelation=True), "decorrelation = True.*Decorrelation()"),
    "optimiser by name": (lambda: Shape(rule=ANP, optimiser="sgd"), "optimiser = 'sgd'.*write Adam"),
    "network by name": (lambda: Shape(rule=ANP, network="dense"), "network = 'dense'.*write for example Dense"),
    "data set by name": (lambda: load_data("digits"), "data_set = 'digits'.*write for example Digits"),
    "negative split": (lambda: load_data(Digits(), split_seed=-1), "split_seed = -1"),
    "data set for data": (lambda: Population(Shape(rule=ANP), Digits()), "data = Digits.*load_data"),
    "numbers as dict": (lambda: population().add(0, {"learning_rate": 1}, seed=0), "hyperparameters = .*Hyperparam"),
    "no member": (lambda: population().train(1), "members = .*add one first"),
    "unknown device": (lambda: load_data(Digits(), device="tpu"), "device = 'tpu': is not available here"),
    "no units": (lambda: Dense(hidden=(0,)), r"hidden = \[0\]: must be a list of whole numbers"),
    "even rule": (lambda: ForwardGradient(antithetic=True), "antithetic = True: changes nothing for fg"),
    "noise of a noisy system": (
        lambda: population(system_noise=1e-3).add(0, NUMBERS, seed=0),
        "noise_scale = 0.01: is not read by rule anp in a noisy system",
    ),
    "flat regression targets": (
        lambda: data(task="regression", outputs=1, train=Split(torch.rand(12, 3), torch.rand(12))),
        r"train.targets are \(12,\) float32: must be \(samples, 1\).*\[:, None\]",
    ),
    "too few classes": (lambda: data(outputs=1), "up to 1: must be classes from 0 to outputs - 1"),
    "float classes": (
        lambda: data(test=Split(torch.rand(12, 3), torch.rand(12))),
        r"test.targets are \(12,\) float32: must be \(samples,\) int64 classes",
    ),
    "another width": (lambda: data(input_shape=(4,)), r"train.inputs are \(12, 3\) float32: must have the 4 features"),
    "unknown task": (lambda: data(task="reg"), "task = 'reg': is not a known name"),
    "images": (lambda: Split(torch.rand(2, 8, 8), torch.zeros(2)), r"inputs are \(2, 8, 8\).*flatten"),
    "doubles": (lambda: Split(torch.rand(2, 8).double(), torch.zeros(2)), "float64: must be float32"),
    "unequal counts": (lambda: Split(torch.rand(2, 8), torch.zeros(3)), "must be as many"),
    "no validation": (
        lambda: data(validation=Split(torch.rand(0, 3), torch.arange(0))),
        "validation has 0 samples: must have at least one",
    ),
    "mirrored noise of a noisy system": (
        lambda: population(rule=ActivityNodePerturbation(antithetic=True), system_noise=1e-2),
        "antithetic = True: with system_noise = 0.01 .* nobody can mirror it; leave it out",
    ),
    "chosen noise of a noisy system": (
        lambda: population(rule=ActivityNodePerturbation(noise_distribution="rademacher"), system_noise=1e-2),
        "noise_distribution = 'rademacher': with system_noise = 0.01 .* nobody can choose it; leave it out",
    ),
    "arrays": (lambda: Split(np.zeros((2, 3)), np.zeros(2)), "inputs is of class ndarray: must be a tensor"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_remedy(mistake: str) -> None:
    act, words = MISTAKES[mistake]
    with pytest.raises(ValueError, match=words):
        act()


def test_a_member_that_is_not_there_is_named_beside_those_that_are() -> None:
    own = population()
    own.add("a", NUMBERS, seed=0)
    for act in (own.state, own.remove, own.network, own.epoch, own.hyperparameters):
        with pytest.raises(KeyError, match="there is no member 'b'; the first ten: 'a'"):
            act("b")


def test_numpys_numbers_are_numbers() -> None:
    own = population(batch_size=np.int64(4), network=Dense(hidden=[np.int64(4)]))
    own.add(0, Hyperparameters(learning_rate=np.float32(0.5), noise_scale=np.float64(0.25)), seed=np.int64(3))
    record = own.state(0).record
    assert (record["hyperparameters"], record["seed"]) == ({"learning_rate": 0.5, "noise_scale": 0.25}, 3)
    assert {type(value) for value in record["hyperparameters"].values()} == {float}


@pytest.mark.parametrize(
    "other",
    [
        {"rule": NodePerturbation()},
        {"batch_size": 6},
        {"optimiser": Adam(decay=0.5)},
        {"network": Dense(hidden=(4,), activation="tanh")},
        {"loss": "squared_error"},
        {"precision": "bfloat16"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_member_is_restored_into_its_own_shape_alone(other: dict[str, Any]) -> None:
    own = population()
    own.add(0, NUMBERS, seed=0)
    with pytest.raises(ValueError, match=f"{next(iter(other))} = .* in the saved member: must be .*"):
        population(**other).restore(0, own.state(0))


EQUAL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "system noise": ({"system_noise": 0}, {}),
    "noisy": ({"system_noise": np.float64(0.5)}, {"system_noise": 0.5}),
    "decay": ({"optimiser": Adam(decay=1)}, {}),
    "momentum": ({"optimiser": SGD(momentum=np.float64(0.5))}, {"optimiser": SGD(momentum=0.5)}),
    "fraction": (
        {"decorrelation": Decorrelation(batch_fraction=1, interval=np.int64(2))},
        {"decorrelation": Decorrelation(batch_fraction=1.0, interval=2)},
    ),
    "passes": (
        {"rule": ActivityNodePerturbation(noise_passes=np.int64(2))},
        {"rule": ActivityNodePerturbation(noise_passes=2)},
    ),
}


@pytest.mark.parametrize("case", EQUAL)
def test_equal_shapes_take_each_others_members(case: str) -> None:
    there, here = (population(**changes) for changes in EQUAL[case])
    assert there.shape == here.shape
    there.add(0, Hyperparameters(**dict.fromkeys(sorted(there.shape.hyperparameters), 0.01)), seed=0)
    here.restore(0, there.state(0))
    assert here.state(0).record == there.state(0).record


def test_a_setting_that_is_not_known_here_is_named() -> None:
    own = population()
    own.add(0, NUMBERS, seed=0)
    state = own.state(0)
    newer = replace(state, record=state.record | {"shape": state.record["shape"] | {"depth": "7"}})
    with pytest.raises(ValueError, match="depth = 7 in the saved member: must be unknown"):
        own.restore(1, newer)


def test_a_member_saved_before_shapes_were_noted_can_still_be_restored() -> None:
    own = population()
    own.add(0, NUMBERS, seed=0)
    state = own.state(0)
    record = {name: value for name, value in state.record.items() if name != "shape"}
    own.restore(1, replace(state, record=record))
    assert own.epoch(1) == 0
    assert isinstance(own.state(1), MemberState)


def test_what_is_printed_fits_a_line() -> None:
    assert len(repr(load_data(Teacher(samples=20)))) < 600
    assert repr(population()).startswith("Population(0 members of Shape(rule=ActivityNodePerturbation(")
