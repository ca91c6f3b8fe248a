"""Devices: where a population trains, and what counts as the end of memory."""

from __future__ import annotations

import pytest
import torch

from learning import Backpropagation, Data, Population, Split, is_out_of_memory
from tests.learning.populations import numbers_for, small_shape

ENDED = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("CUDA error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
]


@pytest.mark.parametrize("error", ENDED, ids=str)
def test_the_end_of_memory_is_recognised_in_all_its_words(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [RuntimeError("CUDA error: device-side assert triggered"), ValueError("memory")])
def test_another_error_is_not_the_end_of_memory(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_a_population_trains_where_its_data_are_unless_told_otherwise() -> None:
    """On torch's "meta" device, which computes nothing but is not the CPU, and from there to it by name."""
    split = Split(torch.empty(20, 3), torch.empty(20, 2))
    data = Data("own", "regression", (3,), 2, split, split, split)
    shape = small_shape(Backpropagation(), loss="squared_error")
    there = Population(shape, data.to(torch.device("meta")))
    there.add(0, numbers_for(shape), 0)
    assert there.data.device == torch.device("meta")
    assert Population(shape, data, "meta").data.device == torch.device("meta")
    assert Population(shape, data).data.device == torch.device("cpu")
