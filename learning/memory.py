"""Telling that memory has ended from every other failure."""

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the device, or the machine, had no memory left."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)  # torch has no class for it
