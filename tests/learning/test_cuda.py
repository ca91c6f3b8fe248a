"""The same contracts on a GPU, where there is one."""

from __future__ import annotations

import warnings

import pytest
import torch

from learning import Population, Shape
from tests.learning.populations import DECORRELATIONS, RULES, blobs, numbers_for, small_shape

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

SHAPES = [small_shape(rule, decorrelation) for rule in RULES for decorrelation in DECORRELATIONS[:2]]


def on_gpu(shape: Shape, seeds: tuple[int, ...], samples: int = 120) -> Population:
    population = Population(shape, blobs(samples), "cuda")
    for seed in seeds:
        population.add(seed, numbers_for(shape), seed)
    return population


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s.rule.name}-{s.decorrelation is not None}")
def test_on_a_gpu_a_member_trains_the_same_alone_and_in_company(shape: Shape) -> None:
    alone, company = on_gpu(shape, (3,)), on_gpu(shape, (1, 2, 3))
    for _ in range(2):
        alone.train_epoch()
        company.train_epoch()
    for name, tensor in alone.state(3).tensors.items():
        torch.testing.assert_close(tensor, company.state(3).tensors[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s.rule.name}-{s.decorrelation is not None}")
def test_the_host_waits_for_the_gpu_once_an_epoch_however_many_steps_it_has(shape: Shape) -> None:
    waits = []
    for samples in (120, 1200):
        population = on_gpu(shape, (1, 2), samples)
        population.train_epoch()
        torch.cuda.set_sync_debug_mode("warn")
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                population.train_epoch()
        finally:
            torch.cuda.set_sync_debug_mode("default")
        waits.append(len(caught))
    assert waits[0] == waits[1]
