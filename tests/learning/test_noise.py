"""Random streams: what they depend on, and what they must not depend on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from learning import ActivityNodePerturbation, Decorrelation, NodePerturbation
from learning.noise import NoiseDistribution, data_order, noise_of_epoch, rademacher
from tests.learning.populations import blobs, small_shape, trained

SIZES = [(5, 4), (5, 3)]


def drawn(
    members: list[tuple[int, int]], count: int, scale: float = 1.0, distribution: NoiseDistribution = "gaussian"
) -> list[list[Tensor]]:
    scales = torch.full((len(members),), scale)
    return [[tensor.clone() for tensor in turn] for turn in noise_of_epoch(members, SIZES, count, scales, distribution)]


def test_a_members_noise_does_not_depend_on_its_neighbours() -> None:
    for alone, company in zip(drawn([(2, 0)], 4), drawn([(1, 0), (2, 0)], 4), strict=True):
        for one, both in zip(alone, company, strict=True):
            assert torch.equal(one[0], both[1])


def test_noise_differs_between_seeds_epochs_layers_and_turns() -> None:
    turns = drawn([(1, 0), (2, 0), (1, 1)], 3)
    first = [tensor.flatten()[:12] for turn in turns for layer in turn for tensor in layer]
    assert len({tuple(values.tolist()) for values in first}) == len(first)


def test_noise_is_drawn_ahead_within_a_bound_a_layer_whatever_the_other_layers_need() -> None:
    small, large = next(noise_of_epoch([(1, 0)], [(500, 64), (500, 1000)], 100, torch.ones(1), "gaussian"))
    assert small.untyped_storage().nbytes() == 4 * 2 * 500 * 64  # two turns, of the 65,536 numbers at most
    assert large.untyped_storage().nbytes() == 4 * 500 * 1000  # one turn: a step needs no less


def test_layers_that_are_drawn_at_different_turns_never_repeat_their_noise() -> None:
    turns = noise_of_epoch([(1, 0)], [(500, 64), (500, 20)], 15, torch.ones(1), "gaussian")
    first = [tensor.flatten()[:8].tolist() for turn in turns for tensor in turn]
    assert len({tuple(values) for values in first}) == 30


def test_the_scale_multiplies_the_noise() -> None:
    for one, scaled in zip(drawn([(1, 0)], 2), drawn([(1, 0)], 2, scale=0.5), strict=True):
        torch.testing.assert_close(one[0] * 0.5, scaled[0])


def test_a_large_draw_on_several_threads_is_the_draw_on_one() -> None:
    def draw() -> Tensor:
        return next(noise_of_epoch([(1, 0), (2, 0)], [(500, 300)], 1, torch.ones(2), "gaussian"))[0]

    one = draw()
    torch.set_num_threads(2)
    try:
        assert torch.equal(draw(), one)
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize("count", [1, 31, 32, 1000])
def test_rademacher_noise_is_plus_or_minus_one(count: int) -> None:
    out = torch.empty(count)
    rademacher(out, torch.Generator().manual_seed(0))
    assert set(out.tolist()) <= {-1.0, 1.0}


@pytest.mark.parametrize("distribution", ["gaussian", "rademacher"])
def test_noise_has_mean_zero_and_variance_one(distribution: NoiseDistribution) -> None:
    noise = next(noise_of_epoch([(3, 0)], [(400, 500)], 1, torch.ones(1), distribution))[0]
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.square().mean().item() == pytest.approx(1, abs=0.02)
    neighbours = (noise[..., 1:] * noise[..., :-1]).mean().item()
    assert neighbours == pytest.approx(0, abs=0.01)


def test_every_epoch_shows_every_sample_once_in_another_order() -> None:
    first, second = data_order(1, 0, 100), data_order(1, 1, 100)
    assert first.sort().values.tolist() == second.sort().values.tolist() == list(range(100))
    assert not torch.equal(first, second)
    assert torch.equal(first, data_order(1, 0, 100))


@pytest.mark.parametrize("decorrelation", [None, Decorrelation()], ids=["anp", "danp"])
def test_a_noisy_system_is_trained_from_two_noisy_passes(decorrelation: Decorrelation | None) -> None:
    shape = small_shape(ActivityNodePerturbation(), decorrelation, system_noise=0.05)
    population = trained(shape, (1, 2), epochs=0, data=blobs(300))
    before = population.evaluate("test")
    for _ in range(15):
        population.train_epoch()
    after = population.evaluate("test")
    for key in (1, 2):
        assert after[key]["test_loss"] < 0.8 * before[key]["test_loss"]
        assert after[key]["test_noisy_loss"] != after[key]["test_loss"]
        assert after[key]["test_noisy_loss"] == pytest.approx(after[key]["test_loss"], rel=0.3)


def test_a_noisy_system_keeps_its_members_reproducible() -> None:
    shape = small_shape(ActivityNodePerturbation(noise_passes=2), system_noise=0.05, batch_size=8)
    alone, company = trained(shape, (3,), epochs=2), trained(shape, (1, 3), epochs=2)
    alone.evaluate("test")
    for name, tensor in alone.state(3).tensors.items():
        assert torch.equal(tensor, company.state(3).tensors[name]), name


def test_the_noise_distribution_changes_training_and_nothing_else() -> None:
    gaussian = small_shape(NodePerturbation())
    other = replace(gaussian, rule=NodePerturbation(noise_distribution="rademacher"))
    one, two = trained(gaussian, (1,), epochs=0), trained(other, (1,), epochs=0)
    assert torch.equal(one.state(1).tensors["layers.0.weight"], two.state(1).tensors["layers.0.weight"])
    one.train_epoch()
    two.train_epoch()
    assert not torch.equal(one.state(1).tensors["layers.0.weight"], two.state(1).tensors["layers.0.weight"])
