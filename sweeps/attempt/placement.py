"""How many lanes a cluster gets, and what each of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sweeps.spec import SweepSpec

PLACES_ON_CPU, MOST_PLACES_ON_CPU = 8, 32
PLACES_ON_GPU, MOST_PLACES_ON_GPU = 32, 1024
"""Lanes that find out by measuring how many members they train at once begin with the first, and end with the second.
On a CPU, memory that ends ends the process, so that little is dared there."""


@dataclass(frozen=True)
class Node:
    """What one machine of the cluster has."""

    cpus: float
    gpus: float = 0.0


@dataclass(frozen=True)
class Placement:
    """How many lanes, and what each gets."""

    lanes: int
    places: int
    most_places: int
    """Above `places` where the lanes find out by measuring."""
    cpus: float
    gpus: float


def place(spec: SweepSpec, nodes: Sequence[Node], most_lanes: int | None = None) -> Placement:
    """Splits a cluster's devices into lanes, never more than have a CPU each; a lane lies on one node.

    `auto` is one a GPU, or one a CPU core, and never more than can be busy or than `most_lanes`.
    """
    cpus, gpus = sum(int(node.cpus) for node in nodes), sum(node.gpus for node in nodes)
    fitting = PLACES_ON_GPU if gpus else PLACES_ON_CPU
    most = MOST_PLACES_ON_GPU if gpus else MOST_PLACES_ON_CPU
    places, most = (fitting, most) if spec.trials_per_lane == "auto" else (spec.trials_per_lane, spec.trials_per_lane)
    members = len(spec.compare) * spec.budget.trials * spec.replicates
    busy = max(1, min(int(gpus or cpus), math.ceil(members / places)))
    if spec.lanes == "auto":
        lanes = busy if most_lanes is None else max(1, min(busy, most_lanes))
    else:
        lanes = min(spec.lanes, max(1, cpus))
    share = 1 / math.ceil(lanes / gpus) if gpus else 0.0
    sizes = range(max(1, cpus // lanes), 0, -1)
    size = next((size for size in sizes if sum(_fitting(node, size, share) for node in nodes) >= lanes), 1)
    return Placement(lanes, places, most, cpus=size, gpus=share)


def _fitting(node: Node, cpus: int, gpus: float) -> int:
    """How many lanes of a size fit on the node."""
    by_cpu = int(node.cpus // cpus)
    return min(by_cpu, math.floor(node.gpus / gpus + 1e-9)) if gpus else by_cpu
