"""The population's optimisers against torch's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
import torch
from torch import Tensor

from learning import SGD, Adam, Backpropagation, Optimiser
from tests.learning.populations import small_shape, trained

CASES: list[tuple[Optimiser, Callable[[Iterable[Tensor], float], torch.optim.Optimizer]]] = [
    (Adam(), lambda p, rate: torch.optim.Adam(p, lr=rate)),
    (Adam(beta1=0.8, beta2=0.95, epsilon=1e-3), lambda p, r: torch.optim.Adam(p, lr=r, betas=(0.8, 0.95), eps=1e-3)),
    (SGD(), lambda p, rate: torch.optim.SGD(p, lr=rate)),
    (SGD(momentum=0.9), lambda p, rate: torch.optim.SGD(p, lr=rate, momentum=0.9)),
]


@pytest.mark.parametrize(("ours", "theirs"), CASES, ids=["adam", "adam-other", "sgd", "sgd-momentum"])
def test_every_member_steps_as_torchs_optimiser_would(
    ours: Optimiser, theirs: Callable[[Iterable[Tensor], float], torch.optim.Optimizer]
) -> None:
    generator = torch.Generator().manual_seed(0)
    rates = torch.tensor([0.1, 0.003, 1.0])
    parameters = torch.randn(3, 7, generator=generator)
    copies = [row.clone() for row in parameters]
    references = [theirs([copy], rate) for copy, rate in zip(copies, rates.tolist(), strict=True)]
    moments = {name: torch.zeros(3, 7) for name in ours.moments}
    for step in range(1, 30):
        gradient = torch.randn(3, 7, generator=generator)
        for copy, reference, own in zip(copies, references, gradient, strict=True):
            copy.grad = own.clone()
            reference.step()
        ours.step(parameters, gradient, moments, rates, torch.full((3,), step, dtype=torch.float64))
    torch.testing.assert_close(parameters, torch.stack(copies), rtol=1e-4, atol=1e-5)


def test_members_at_different_steps_step_as_they_would_alone() -> None:
    together, alone = torch.ones(2, 3), torch.ones(1, 3)
    gradient = torch.tensor([[0.3, -0.2, 0.1]])
    state = {name: torch.full((2, 3), 0.01) for name in Adam().moments}
    own = {name: tensor[1:].clone() for name, tensor in state.items()}
    Adam().step(together, gradient.repeat(2, 1), state, torch.full((2,), 0.1), torch.tensor([1.0, 50.0]).double())
    Adam().step(alone, gradient.clone(), own, torch.full((1,), 0.1), torch.tensor([50.0]).double())
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])


def test_decay_lowers_the_learning_rate_from_epoch_to_epoch() -> None:
    steps = {}
    for decay in (1.0, 0.1):
        population = trained(small_shape(Backpropagation(), optimiser=SGD(decay=decay)), (1,), epochs=1)
        before = population.state(1).tensors["layers.0.weight"]
        population.train_epoch()
        steps[decay] = (population.state(1).tensors["layers.0.weight"] - before).norm().item()
    assert steps[0.1] == pytest.approx(0.1 * steps[1.0], rel=0.2)
