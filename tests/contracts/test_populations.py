"""The four properties of a population (DESIGN.md §3), for every rule, decorrelation and kind of network."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import torch

from learning import Conv, Decorrelation, Dense, MemberState, Population, Rule, Shape, build_network
from tests.contracts.reference import of_state, run
from tests.learning.populations import DECORRELATIONS, RULES, blobs, numbers_for, small_shape, trained


def shape_name(shape: Shape) -> str:
    kind = "plain" if shape.decorrelation is None else f"decorrelated-{shape.decorrelation.interval}"
    return f"{shape.rule.name}-{kind}-{shape.network.kind}"


# Batches and hidden layers of 8: sizes at which members are equal to the last bit (see `Population`).
NETWORKS = (Dense(hidden=(8,)), Conv(channels=(4,), hidden=(8,), activation="tanh"))
SHAPES = [
    small_shape(rule, decorrelation, network=network, batch_size=8)
    for rule in RULES
    for decorrelation in DECORRELATIONS
    for network in NETWORKS
]

every_shape = pytest.mark.parametrize("shape", SHAPES, ids=shape_name)


def assert_same_state(one: MemberState, other: MemberState) -> None:
    assert one.record == other.record
    assert one.tensors.keys() == other.tensors.keys()
    for name, tensor in one.tensors.items():
        assert torch.equal(tensor, other.tensors[name]), name


@every_shape
def test_a_member_trains_the_same_alone_and_in_company(shape: Shape) -> None:
    alone = trained(shape, (3,), epochs=2)
    company = trained(shape, (1, 2, 3, 4), epochs=2)
    assert_same_state(alone.state(3), company.state(3))
    assert company.evaluate("test")[3] == pytest.approx(alone.evaluate("test")[3], rel=1e-5)


@pytest.mark.parametrize("decorrelation", DECORRELATIONS[:2], ids=["plain", "decorrelated"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_member_trains_the_same_at_every_place(rule: Rule, decorrelation: Decorrelation | None) -> None:
    """With 64 inputs and 10 outputs, where a product depends on where a matrix starts; a row is 4,810 parameters."""
    shape = Shape(rule=rule, decorrelation=decorrelation, network=Dense(hidden=(64,)), batch_size=20)
    data = blobs(300, side=8, classes=10)
    seeds = (5, 6, 7, 8, 9)
    company = trained(shape, seeds, epochs=2, data=data)
    for seed in seeds:
        assert_same_state(trained(shape, (seed,), epochs=2, data=data).state(seed), company.state(seed))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_member_of_odd_widths_trains_the_same_up_to_rounding(rule: Rule) -> None:
    shape = small_shape(rule, DECORRELATIONS[1], network=Dense(hidden=(33, 7)), batch_size=7)
    alone, company = trained(shape, (3,), epochs=2).state(3), trained(shape, (1, 2, 3, 4), epochs=2).state(3)
    for name, tensor in alone.tensors.items():
        torch.testing.assert_close(tensor, company.tensors[name], rtol=2e-4, atol=2e-5)


@every_shape
def test_a_diverging_neighbour_is_reported_and_hurts_nobody(shape: Shape) -> None:
    healthy = trained(shape, (1, 2), epochs=2)
    population = trained(shape, (1,), epochs=0)
    population.add("bad", numbers_for(shape, learning_rate=2e38), 7)
    population.add(2, numbers_for(shape), 2)
    reports = [population.train_epoch() for _ in range(2)][-1]
    assert {key: report.diverged for key, report in reports.items()} == {1: False, "bad": True, 2: False}
    for key in (1, 2):
        assert_same_state(population.state(key), healthy.state(key))


@every_shape
def test_a_member_whose_tensors_are_nan_is_diverged_though_its_loss_is_not(shape: Shape) -> None:
    """One step an epoch, whose loss is measured before the NaN of the optimiser's moment reaches the weights."""
    shape = replace(shape, batch_size=40)
    population = trained(shape, (1, 2), epochs=0)
    state = population.state(1)
    moment = next(name for name in state.tensors if name.startswith("optimiser."))
    damaged = state.tensors | {moment: torch.full_like(state.tensors[moment], math.nan)}
    population.restore("damaged", replace(state, tensors=damaged))
    reports = population.train_epoch()
    assert math.isfinite(reports["damaged"].metrics["train_loss"])
    assert {key: report.diverged for key, report in reports.items()} == {1: False, 2: False, "damaged": True}


@every_shape
def test_a_restored_member_goes_on_as_if_it_had_never_stopped(shape: Shape) -> None:
    uninterrupted = trained(shape, (5, 6), epochs=3)
    stopped = trained(shape, (5, 6), epochs=1).state(6)
    through_json = MemberState(stopped.tensors, json.loads(json.dumps(stopped.record)))
    population = trained(shape, (9, 8), epochs=1)
    population.remove(9)
    population.restore("again", through_json)
    for _ in range(2):
        population.train_epoch()
    assert population.epoch("again") == 3
    assert_same_state(population.state("again"), uninterrupted.state(6))


@every_shape
def test_members_come_and_go_without_a_trace(shape: Shape) -> None:
    undisturbed = trained(shape, (1, 2), epochs=3)
    population = trained(shape, (4, 1), epochs=0)
    population.add(2, numbers_for(shape), 2)
    population.train_epoch()
    population.remove(4)
    population.add("late", numbers_for(shape), 11)
    population.train_epoch()
    population.remove("late")
    population.train_epoch()
    assert sorted(population.keys(), key=str) == [1, 2]
    for key in (1, 2):
        assert_same_state(population.state(key), undisturbed.state(key))


@every_shape
def test_evaluation_changes_nothing(shape: Shape) -> None:
    evaluated, plain = trained(shape, (1, 2), epochs=0), trained(shape, (1, 2), epochs=0)
    for _ in range(2):
        first, second = evaluated.evaluate("validation"), evaluated.evaluate("validation")
        assert first == second
        evaluated.train_epoch()
        plain.train_epoch()
    for key in (1, 2):
        for name, tensor in evaluated.state(key).tensors.items():
            assert torch.equal(tensor, plain.state(key).tensors[name])


@every_shape
def test_the_exported_network_gives_the_members_outputs(shape: Shape) -> None:
    population = trained(shape, (1, 2), epochs=2)
    test = population.data.test
    network = population.network(2)
    outputs = network(population.data.networks_input(test.inputs))
    layers = shape.network.layers(population.data.input_shape, population.data.outputs)
    member = of_state(population.state(2), layers)
    own = run(member, test.inputs.double(), test.targets, shape.loss).preactivations[-1].float()
    torch.testing.assert_close(outputs, own.detach(), rtol=1e-5, atol=1e-5)
    loss = torch.nn.functional.cross_entropy(outputs, test.targets).item()
    measured = population.evaluate("test")[2]
    assert measured["test_loss"] == pytest.approx(loss, rel=1e-5)
    assert measured["test_accuracy"] == pytest.approx((outputs.argmax(-1) == test.targets).double().mean().item())
    rebuilt = build_network(json.loads(json.dumps(population.describe())))
    rebuilt.load_state_dict(network.state_dict())
    assert torch.equal(rebuilt(test.inputs), outputs)


@every_shape
def test_training_lowers_the_loss(shape: Shape) -> None:
    population = trained(shape, (1, 2, 3), epochs=0)
    before = population.evaluate("train")
    for _ in range(12):
        reports = population.train_epoch()
    after = population.evaluate("train")
    mean_before = sum(m["train_loss"] for m in before.values()) / 3
    assert sum(m["train_loss"] for m in after.values()) / 3 < 0.9 * mean_before
    assert all(math.isfinite(report.metrics["train_loss"]) for report in reports.values())


@every_shape
def test_reports_hold_epoch_and_metrics_of_plain_floats(shape: Shape) -> None:
    report = trained(shape, (1,), epochs=1).train_epoch()[1]
    layers = len(shape.network.layers((4, 4, 1), 3)) if shape.decorrelation else 0
    names = {"train_loss", "train_accuracy"} | {f"correlation_{number}" for number in range(1, layers + 1)}
    assert report.epoch == 2
    assert report.metrics.keys() == names
    assert all(type(value) is float for value in report.metrics.values())


def test_a_population_without_members_trains_and_evaluates_to_nothing() -> None:
    population = trained(SHAPES[0], (), epochs=1)
    assert population.evaluate("test") == {}


def test_a_key_names_one_member() -> None:
    population = trained(SHAPES[0], (1,), epochs=0)
    with pytest.raises(ValueError, match="is a member already"):
        population.add(1, numbers_for(SHAPES[0]), 2)


def test_restoring_into_another_shape_is_refused() -> None:
    shape = SHAPES[0]
    state = trained(shape, (1,), epochs=0).state(1)
    other = Population(shape, blobs(side=5))
    with pytest.raises(ValueError, match=r"layers\.0\.weight"):
        other.restore(1, state)
