"""Random numbers that belong to one member: a function of its seed, its epoch and their purpose, of nothing else.

No stream is carried from epoch to epoch, so there is none to save: a member resumed at an epoch boundary draws what
it would have drawn, neighbours cannot disturb it, and evaluation draws nothing from training's streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from math import prod
from types import MappingProxyType
from typing import Literal

import numpy as np
import torch
from torch import Tensor

NoiseDistribution = Literal["gaussian", "rademacher"]

INITIAL_WEIGHTS, DATA_ORDER, NOISE, EVALUATION_NOISE = range(4)  # purposes

# Numbers drawn at once for one member and layer, at most, unless a step needs more: few, large draws. On a CPU
# what its nearest cache but one holds (256 KB); on a GPU, where a draw costs a kernel launch, 4 MB. Not a matter of how
# many members there are, or streams would depend on company.
DRAWN_AHEAD: Mapping[str, int] = MappingProxyType({"cpu": 2**16, "cuda": 2**20})
WORTH_A_THREAD = 2**15  # numbers: a smaller draw costs less than handing it to another thread


def seed_of(seed: int, purpose: int, *which: int) -> int:
    """A 64-bit seed for one stream of the member with this seed, independent of every other stream's."""
    sequence = np.random.SeedSequence(seed, spawn_key=(purpose, *which))
    return int(sequence.generate_state(1, np.uint64)[0])


def generator_of(device: torch.device, seed: int, purpose: int, *which: int) -> torch.Generator:
    """The torch generator of one stream. On another kind of device the same seed gives other numbers."""
    return torch.Generator(device).manual_seed(seed_of(seed, purpose, *which))


def data_order(seed: int, epoch: int, samples: int) -> Tensor:
    """The order in which the member with this seed sees the training samples in this epoch: (samples,), int64."""
    generator = np.random.Generator(np.random.PCG64(seed_of(seed, DATA_ORDER, epoch)))
    return torch.from_numpy(generator.permutation(samples))


def gaussian(out: Tensor, generator: torch.Generator) -> None:
    """Fill `out` (contiguous) with N(0, 1)."""
    out.normal_(generator=generator)


def rademacher(out: Tensor, generator: torch.Generator) -> None:
    """Fill `out` (contiguous) with −1 and +1, each with probability ½: 32 of them from one 32-bit random number."""
    words = torch.empty(-(-out.numel() // 32), dtype=torch.int32, device=out.device)
    words.random_(-(2**31), 2**31, generator=generator)
    places = torch.arange(8, dtype=torch.uint8, device=out.device)
    bits = (words.view(torch.uint8).unsqueeze(-1) >> places) & 1
    out.copy_(bits.view(-1)[: out.numel()].view_as(out)).mul_(2).sub_(1)


DRAW: Mapping[str, Callable[[Tensor, torch.Generator], None]] = MappingProxyType(
    {"gaussian": gaussian, "rademacher": rademacher}
)


@lru_cache(maxsize=4)
def _threads(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="noise")


def _draw_all(draws: list[tuple[Tensor, torch.Generator]], distribution: str) -> None:
    """Fill every tensor from its generator, on as many threads as torch uses where that pays."""
    draw, threads = DRAW[distribution], torch.get_num_threads()
    largest = max(out.numel() for out, _ in draws)
    if threads > 1 and draws[0][0].device.type == "cpu" and largest >= WORTH_A_THREAD:
        list(_threads(threads).map(lambda pair: draw(*pair), draws))
    else:
        for out, generator in draws:
            draw(out, generator)


def noise_of_epoch(
    members: Sequence[tuple[int, int]],
    sizes: Sequence[tuple[int, ...]],
    count: int,
    scale: Tensor,
    distribution: str,
) -> Iterator[list[Tensor]]:
    """The noise of one epoch: `count` times a list with one tensor (K, *size) for each of `sizes`.

    members: (seed, epoch) of each of the K. scale: (K,), the standard deviation. Every member and size has its own
    stream. Numbers are drawn several turns ahead, of a small size more than of a large one, into buffers that are used
    again: what is yielded is valid until the next is asked for.
    """
    at_once = DRAWN_AHEAD.get(scale.device.type, DRAWN_AHEAD["cpu"])
    buffers = [
        torch.empty((len(members), max(1, min(count, at_once // prod(size))), *size), device=scale.device)
        for size in sizes
    ]  # (K, turns ahead, *size)
    generators = [
        [generator_of(scale.device, seed, NOISE, epoch, which) for seed, epoch in members]
        for which in range(len(sizes))
    ]
    for turn in range(count):
        used_up = [which for which, buffer in enumerate(buffers) if turn % buffer.shape[1] == 0]
        if used_up:
            draws = [pair for which in used_up for pair in zip(buffers[which], generators[which], strict=True)]
            _draw_all(draws, distribution)
        for which in used_up:
            buffers[which].mul_(scale.view(-1, *[1] * (buffers[which].dim() - 1)))
        yield [buffer[:, turn % buffer.shape[1]] for buffer in buffers]
