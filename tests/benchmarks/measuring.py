"""What the benchmarks share: interleaved timing, the machine's description, one JSON object on the last line."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

CLOCKS: Mapping[str, Callable[[], float]] = MappingProxyType({"wall": time.perf_counter, "cpu": time.process_time})


def interleaved(
    steps: Mapping[str, Callable[[], None]], repeats: int, device: torch.device, clock: str = "wall"
) -> dict[str, float]:
    """Median seconds of each, called in turn `repeats` times after one call each to warm up.

    clock: wall, or cpu for the processor time of all threads, which other programs on the machine disturb less.
    """
    now = CLOCKS[clock]
    times: dict[str, list[float]] = {name: [] for name in steps}
    for repeat in range(repeats + 1):
        for name, step in steps.items():
            _wait(device)
            start = now()
            step()
            _wait(device)
            if repeat:
                times[name].append(now() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def peak_memory(run: Callable[[], None], device: torch.device) -> float:
    """Bytes that `run` needs beyond what the process held before: on a GPU as allocated, else by the kernel's count.

    On a CPU memory that the process freed earlier may be used again unseen: measure before timing, the smallest first.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        run()
        return float(torch.cuda.max_memory_allocated(device) - before)
    Path("/proc/self/clear_refs").write_text("5")  # sets the high-water mark back to what is held now
    held = _held("VmRSS")
    run()
    return _held("VmHWM") - held


def _held(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * float(next(line.split()[1] for line in lines if line.startswith(field)))


def machine(device: torch.device) -> dict[str, Any]:
    """The kind of machine: what a figure depends on, nothing that identifies it."""
    described = {"device": device.type, "torch": torch.__version__, "threads": torch.get_num_threads()}
    if device.type == "cuda":
        return described | {"gpu": torch.cuda.get_device_name(device)}
    return described | {"processor": _processor(), "capability": torch.backends.cpu.get_cpu_capability()}


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open() as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def report(
    benchmark: str, figures: dict[str, float], settings: dict[str, Any], device: torch.device, as_json: bool
) -> None:
    """Print the figures as a table, and with `as_json` as one JSON object on the last line."""
    for name, value in figures.items():
        print(f"{name:<40} {value:12.4f}")
    if as_json:
        print(
            json.dumps({"benchmark": benchmark, "figures": figures, "settings": settings, "machine": machine(device)})
        )
