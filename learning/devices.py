"""Whether a device is there, and when its memory has ended."""

from __future__ import annotations

import torch

WITHOUT_A_CLASS = ("DefaultCPUAllocator", "out of memory", "_ALLOC_FAILED")  # CPU, CUDA's driver, cuBLAS and its kin


def usable_device(device: torch.device | str) -> torch.device:
    """The torch device of this name. ValueError where it is unknown or not there."""
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        there = "cpu or cuda" if torch.cuda.is_available() else "cpu"
        raise ValueError(f"device = {str(device)!r}: is not available here; use {there}") from error
    return found


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the device, or the machine, had no memory left."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WITHOUT_A_CLASS)
