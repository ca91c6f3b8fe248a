"""Training is what the equations say: every rule, option and setting against a second implementation.

Three members with numbers, seeds and epochs of their own train in one population, from decorrelation matrices as they
are after some learning; each must end where `reference.train` ends alone, in float64.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from torch import Tensor

from learning import (
    SGD,
    ActivityNodePerturbation,
    Adam,
    Backpropagation,
    Conv,
    Data,
    Decorrelation,
    Dense,
    Hyperparameters,
    MemberState,
    NodePerturbation,
    Population,
    Rule,
    Shape,
    Split,
)
from learning.rules.perturbation import NoiseOptions
from tests.contracts.reference import of_state, train
from tests.learning.populations import RULES, blobs
from tests.learning.probes import random_matrix

NETWORKS = (Dense(hidden=(8, 5)), Conv(channels=(4, 3), kernel=2, stride=1, padding=0, hidden=(6,), activation="tanh"))
DECORRELATIONS = (None, Decorrelation(), Decorrelation(batch_fraction=0.5, interval=3, whitening=0.3))
EPOCHS = 2
SEEDS_AND_EPOCHS = ((3, 0), (7, 1), (4, 0))
NUMBERS = (
    {"learning_rate": 1e-3, "noise_scale": 0.05, "decorrelation_rate": 0.02},
    {"learning_rate": 3e-3, "noise_scale": 0.2, "decorrelation_rate": 0.005},
    {"learning_rate": 5e-4, "noise_scale": 0.1, "decorrelation_rate": 0.05},
)


def options(rule: Rule) -> list[dict[str, Any]]:
    """Every option that the rule has, at least once away from its default."""
    if not isinstance(rule, NoiseOptions):
        return [{}]
    mirrored = {} if rule.name == "fg" else {"antithetic": True}
    return [{}, {"noise_passes": 3, "noise_distribution": "rademacher"}, {"noise_passes": 2} | mirrored]


def shape(rule: Rule, decorrelation: Decorrelation | None, network: Dense | Conv, **others: Any) -> Shape:
    chosen: dict[str, Any] = {
        "batch_size": 10,
        "optimiser": Adam(beta1=0.8, beta2=0.95, epsilon=1e-4, decay=0.7),
    } | others
    return Shape(rule=rule, decorrelation=decorrelation, network=network, **chosen)


EVERY_RULE = [
    shape(replace(rule, **option), decorrelation, network, loss=loss)
    for rule in RULES
    for network in NETWORKS
    for decorrelation in DECORRELATIONS
    for option, loss in zip(options(rule), ("cross_entropy", "squared_error", "cross_entropy"), strict=False)
]
WIDE = Dense(hidden=(1024,))  # so wide that noise is drawn for one turn at a time, into the same memory
OTHERS = [
    shape(ActivityNodePerturbation(), None, WIDE, system_noise=0.05, batch_size=40),
    shape(ActivityNodePerturbation(noise_passes=2), None, WIDE, system_noise=0.05, batch_size=40),
    shape(NodePerturbation(noise_passes=3, antithetic=True), None, WIDE, batch_size=40),
]
OTHERS += [
    shape(rule, decorrelation, network, **other)
    for network in NETWORKS
    for decorrelation in DECORRELATIONS
    for rule, other in (
        (ActivityNodePerturbation(), {"system_noise": 0.07}),
        (ActivityNodePerturbation(noise_passes=2), {"system_noise": 0.03, "loss": "squared_error"}),
        (NodePerturbation(), {"optimiser": SGD(momentum=0.9, decay=0.5), "batch_size": 12}),
        (Backpropagation(), {"optimiser": SGD(), "loss": "squared_error"}),
    )
] + [
    shape(rule, DECORRELATIONS[2], Dense(hidden=hidden, activation=activation))  # type: ignore[arg-type]
    for rule in RULES
    for hidden, activation in (((), "linear"), ((8,), "relu"), ((8,), "sign"), ((8,), "step"))
    if not (rule.needs_derivative and activation in ("sign", "step"))
]


def name_of(own: Shape) -> str:
    rule = own.rule
    decorrelation = "plain" if own.decorrelation is None else f"decorrelated{own.decorrelation.interval}"
    words = [rule.name, decorrelation, own.network.kind, own.network.activation, own.optimiser.name, own.loss]
    if isinstance(rule, NoiseOptions):
        words += [f"{rule.passes}passes", rule.noise_distribution, f"{own.system_noise:g}"]
    return "-".join(words)


def numbers_of(own: Shape, member: int) -> Hyperparameters:
    return Hyperparameters(**{name: NUMBERS[member][name] for name in own.hyperparameters})


def started(own: Shape, data: Data) -> dict[int, MemberState]:
    """Three fresh members, their matrices as if decorrelation had learned, at epochs of their own."""
    states, generator = {}, torch.Generator().manual_seed(5)
    for member, (seed, epoch) in enumerate(SEEDS_AND_EPOCHS):
        population = Population(own, data)
        population.add(member, numbers_of(own, member), seed)
        state = population.state(member)
        learned = {
            name: random_matrix(len(matrix), generator)
            for name, matrix in state.tensors.items()
            if name.startswith("decorrelation.")
        }
        states[member] = MemberState(state.tensors | learned, state.record | {"epoch": epoch})
    return states


def assert_near(found: Tensor, wanted: Tensor, start: Tensor) -> None:
    """Within a thousandth of what training has changed, and what float32 rounds."""
    start = start.double()
    assert (found.double() - wanted).norm() <= 1e-3 * (wanted - start).norm() + 1e-6 * start.norm()


def check(own: Shape, data: Data) -> None:
    """Trains a population and its members one by one by the reference, and compares all that training leaves."""
    states, population = started(own, data), Population(own, data)
    for member, state in states.items():
        population.restore(member, state)
    for _ in range(EPOCHS):
        reports = population.train_epoch()
    for member, (seed, epoch) in enumerate(SEEDS_AND_EPOCHS):
        expected = train(own, data, states[member], numbers_of(own, member), seed, epoch, EPOCHS)
        assert reports[member].metrics["train_loss"] == pytest.approx(expected.loss, rel=1e-4)
        found, start = (of_state(state, expected.member.layers) for state in (population.state(member), states[member]))
        for pair in ("parameters", "matrices") if own.decorrelation else ("parameters",):
            for tensors in zip(getattr(found, pair), getattr(expected.member, pair), getattr(start, pair), strict=True):
                assert_near(*tensors)


@pytest.mark.parametrize("own", EVERY_RULE, ids=name_of)
def test_every_rule_and_option_trains_as_its_equation_says(own: Shape) -> None:
    check(own, blobs(126))  # 42 training samples: two are left over each epoch


@pytest.mark.parametrize("own", OTHERS, ids=name_of)
def test_noisy_systems_optimisers_and_activations_train_as_their_equations_say(own: Shape) -> None:
    check(own, blobs(126))


dense = st.builds(Dense, hidden=st.lists(st.integers(2, 12), max_size=3).map(tuple), activation=st.just("tanh"))
conv = st.builds(
    Conv,
    channels=st.lists(st.integers(1, 4), min_size=1, max_size=2).map(tuple),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 2),
    padding=st.sampled_from([None, 0, 1]),
    hidden=st.lists(st.integers(2, 6), max_size=1).map(tuple),
    activation=st.just("tanh"),
)
decorrelations = st.none() | st.builds(
    Decorrelation, batch_fraction=st.floats(0.05, 1), interval=st.integers(1, 5), whitening=st.floats(0, 1)
)


@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate])  # shrinking takes minutes
@given(rule=st.sampled_from(RULES), decorrelation=decorrelations, network=dense | conv, batch=st.integers(4, 30))
def test_any_network_trains_as_the_equations_say(
    rule: Rule, decorrelation: Decorrelation | None, network: Dense | Conv, batch: int
) -> None:
    check(shape(rule, decorrelation, network, batch_size=batch), blobs(126, side=5))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_regression_on_stored_bytes_trains_as_the_equations_say(rule: Rule) -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randint(256, (40, 16), generator=generator, dtype=torch.uint8)
    split = Split(inputs, torch.randn(40, 3, generator=generator))
    data = Data("own", "regression", (4, 4, 1), 3, split, split, split, scale=1 / 255)
    check(shape(rule, DECORRELATIONS[1], NETWORKS[0], loss="squared_error"), data)
