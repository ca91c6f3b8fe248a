"""What decorrelation must do, whatever it is used with."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from learning import Backpropagation, Decorrelation, Dense
from learning.decorrelation import correlation, decorrelate
from tests.learning.populations import numbers_for, small_shape, trained


def correlated_inputs(rows: int = 300, inputs: int = 6) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    mixing = torch.randn(inputs, inputs, generator=generator) / math.sqrt(inputs)
    return (torch.randn(rows, inputs, generator=generator) @ mixing).unsqueeze(0)


def learned(inputs: Tensor, steps: int, rate: float, whitening: float) -> Tensor:
    matrix = torch.eye(inputs.shape[2]).unsqueeze(0)
    for _ in range(steps):
        decorrelate(matrix, inputs @ matrix, torch.tensor([rate]), whitening)
    return matrix


@pytest.mark.parametrize("whitening", [0.0, 0.3])
def test_an_update_is_the_equation(whitening: float) -> None:
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(2, 30, 5, generator=generator, dtype=torch.float64)
    matrix = torch.randn(2, 5, 5, generator=generator, dtype=torch.float64)
    rate = torch.tensor([0.1, 0.02], dtype=torch.float64)
    expected = []
    for k in range(2):
        r = matrix[k].T
        star = r @ x[k].T  # columns are samples, as in the equation
        covariance = star @ star.T / 30
        diagonal = torch.diag(covariance.diagonal())
        wanted = (1 - whitening) * (covariance - diagonal) + whitening * (diagonal - torch.eye(5))
        expected.append((r - rate[k] * wanted @ r).T)
    decorrelate(matrix, x @ matrix, rate, whitening)
    torch.testing.assert_close(matrix, torch.stack(expected))


def test_members_start_from_the_identity() -> None:
    state = trained(small_shape(Backpropagation(), Decorrelation()), (1,), epochs=0).state(1)
    assert torch.equal(state.tensors["decorrelation.0"], torch.eye(16))
    assert torch.equal(state.tensors["decorrelation.1"], torch.eye(8))


def test_the_off_diagonal_correlation_falls_to_nothing() -> None:
    inputs = correlated_inputs()
    matrix = learned(inputs, steps=1500, rate=0.1, whitening=0.0)
    assert correlation(inputs).item() > 0.05
    assert correlation(inputs @ matrix).item() < 1e-3 * correlation(inputs).item()


def test_whitening_also_brings_every_variance_to_one() -> None:
    inputs = correlated_inputs()
    whitened = inputs @ learned(inputs, steps=3000, rate=0.1, whitening=0.5)
    torch.testing.assert_close(whitened[0].T @ whitened[0] / inputs.shape[1], torch.eye(6), rtol=0, atol=0.02)


@pytest.mark.parametrize("whitening", [0.0, 0.5])
def test_whitened_inputs_are_left_alone(whitening: float) -> None:
    white, _ = torch.linalg.qr(correlated_inputs(200)[0])
    matrix = learned(white.unsqueeze(0) * 200**0.5, steps=20, rate=0.1, whitening=whitening)
    torch.testing.assert_close(matrix[0], torch.eye(6), rtol=0, atol=1e-5)


def test_a_rate_of_zero_changes_nothing() -> None:
    assert torch.equal(learned(correlated_inputs(), steps=5, rate=0.0, whitening=0.5)[0], torch.eye(6))


def test_the_interval_is_the_number_of_steps_between_updates() -> None:
    """Four steps an epoch: with interval 6 the updates are at steps 0, 6 and 12, in the first, second and fourth."""
    population = trained(small_shape(Backpropagation(), Decorrelation(interval=6)), (1,), epochs=0)
    matrices = [population.state(1).tensors["decorrelation.0"]]
    for _ in range(4):
        population.train_epoch()
        matrices.append(population.state(1).tensors["decorrelation.0"])
    assert [not torch.equal(old, new) for old, new in pairwise(matrices)] == [True, True, False, True]


def test_members_at_different_epochs_keep_to_their_own_turns() -> None:
    shape = small_shape(Backpropagation(), Decorrelation(interval=6), batch_size=8, network=Dense(hidden=(8,)))
    late, early = trained(shape, (2,), epochs=2), trained(shape, (1,), epochs=1)
    early.add(2, numbers_for(shape), 2)
    for _ in range(2):
        early.train_epoch()
    assert torch.equal(early.state(2).tensors["decorrelation.0"], late.state(2).tensors["decorrelation.0"])
    alone = trained(shape, (1,), epochs=3).state(1)
    assert torch.equal(early.state(1).tensors["decorrelation.0"], alone.tensors["decorrelation.0"])


def test_the_reported_correlation_falls_while_a_member_trains() -> None:
    population = trained(small_shape(Backpropagation(), Decorrelation(batch_fraction=1.0)), (1,), epochs=0)
    reports = [population.train_epoch()[1].metrics["correlation_1"] for _ in range(30)]
    assert sum(reports[-5:]) < 0.7 * sum(reports[:5])


def test_the_correlation_of_copied_inputs_is_one_and_of_orthogonal_ones_zero() -> None:
    column = torch.randn(50, 1, generator=torch.Generator().manual_seed(0))
    assert correlation(column.expand(50, 3).unsqueeze(0)).item() == pytest.approx(1)
    assert correlation(torch.eye(4).unsqueeze(0)).item() == pytest.approx(0)
