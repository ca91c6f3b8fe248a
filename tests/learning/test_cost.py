"""Multiply-adds: counted by hand, and by torch while a step is trained."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from learning import (
    ActivityNodePerturbation,
    Backpropagation,
    Conv,
    Decorrelation,
    Dense,
    Digits,
    IterativeNodePerturbation,
    Network,
    NodePerturbation,
    Population,
    Rule,
    Shape,
    Teacher,
    WeightPerturbation,
)
from learning.cost import epoch_multiply_adds, step_multiply_adds, steps_of
from tests.learning.populations import DECORRELATIONS, RULES, blobs, numbers_for

FIRST, SECOND = 10 * 4 * 3, 10 * 3 * 2
"""Forward passes of the layers of a 4-3-2 network on a batch of 10."""


def counted(rule: Rule, decorrelation: Decorrelation | None = None) -> float:
    shape = Shape(rule=rule, decorrelation=decorrelation, network=Dense(hidden=(3,)), batch_size=10)
    return step_multiply_adds(shape, shape.network.layers((4,), 2))


@pytest.mark.parametrize(
    ("rule", "by_hand"),
    [
        (Backpropagation(), (FIRST + SECOND) + SECOND + (FIRST + SECOND)),
        (NodePerturbation(), (FIRST + SECOND) + SECOND + (FIRST + SECOND)),
        (ActivityNodePerturbation(noise_passes=3), (FIRST + SECOND) + 3 * SECOND + (FIRST + SECOND)),
        (NodePerturbation(antithetic=True), (FIRST + SECOND) + 2 * SECOND + (FIRST + SECOND)),
        (IterativeNodePerturbation(), (FIRST + SECOND) + SECOND + 0 + (FIRST + SECOND)),
        (WeightPerturbation(), (FIRST + SECOND) + (FIRST + 2 * SECOND)),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_a_small_network_costs_what_one_counts_by_hand(rule: Rule, by_hand: int) -> None:
    assert counted(rule) == by_hand


def test_decorrelation_costs_what_one_counts_by_hand() -> None:
    """Half of the batch, 5 rows, is learned from. The first layer forms x* for all 10 rows, since 10 < 2·3 + 5; the
    second merges D W instead, since 10 ≥ 2 + 5."""
    plain = (FIRST + SECOND) + SECOND + (FIRST + SECOND)
    first = 10 * 4**2 + 2 * 5 * 4**2
    second = 2 * (3**2 * 2) + 3 * 5 * 3**2
    assert counted(NodePerturbation(), Decorrelation(batch_fraction=0.5)) == plain + first + second
    every_fourth = counted(NodePerturbation(), Decorrelation(batch_fraction=0.5, interval=4))
    assert every_fourth == plain + (10 * 4**2 + 2 * 5 * 4**2 / 4) + (2 * (3**2 * 2) + 3 * 5 * 3**2 / 4)


@pytest.mark.parametrize("network", [Dense(hidden=(8, 5)), Dense(hidden=()), Conv(channels=(4, 3), hidden=(6,))])
@pytest.mark.parametrize("decorrelation", DECORRELATIONS, ids=["plain", "half", "every second step"])
@pytest.mark.parametrize("batch_size", [4, 40])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_step_costs_what_torch_counts_while_it_is_trained(
    rule: Rule, decorrelation: Decorrelation | None, network: Network, batch_size: int
) -> None:
    shape = Shape(rule=rule, decorrelation=decorrelation, network=network, batch_size=batch_size)
    if rule.name in ("np", "wp"):
        shape = replace(shape, rule=replace(rule, noise_passes=2))
    data = blobs(3 * 2 * batch_size)  # two steps an epoch
    population = Population(shape, data)
    population.add(0, numbers_for(shape), seed=0)
    in_place = {torch.ops.aten.baddbmm_: _operations}  # which torch does not count by itself
    with FlopCounterMode(display=False, custom_mapping=in_place) as counter:
        population._train()
    layers = shape.network.layers(data.input_shape, data.outputs)
    assert counter.get_total_flops() / 2 == pytest.approx(2 * step_multiply_adds(shape, layers))


def _operations(_sum: tuple[int, ...], left: tuple[int, ...], right: tuple[int, ...], **_rest: object) -> int:
    return 2 * math.prod(left) * right[-1]


def test_an_epoch_is_its_steps_and_its_evaluation() -> None:
    shape = Shape(rule=NodePerturbation(), network=Dense(hidden=(3,)), batch_size=10)
    teacher = Teacher(inputs=4, outputs=2, samples=107)
    assert steps_of(shape, teacher) == 6
    step = step_multiply_adds(shape, shape.network.layers((4,), 2))
    assert epoch_multiply_adds(shape, teacher) == 6 * step + 21 * (4 * 3 + 3 * 2)
    assert steps_of(Shape(rule=NodePerturbation(), batch_size=500), Digits()) == 2


def test_torch_counts_two_operations_for_a_multiply_add() -> None:
    with FlopCounterMode(display=False) as counter:
        torch.bmm(torch.ones(1, 2, 3), torch.ones(1, 3, 5))
    assert counter.get_total_flops() == 2 * 2 * 3 * 5
