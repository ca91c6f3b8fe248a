"""All parameters of a member in one row, and their layers as views of it.

A row is weight and bias of the first layer, of the second, …: `parameters` is (K, P). One row a member lets the
optimiser update everything in one operation.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from learning.networks import Layer
from learning.noise import INITIAL_WEIGHTS, generator_of


def layer_views(layers: Sequence[Layer], parameters: Tensor) -> list[tuple[Tensor, Tensor]]:
    """(K, P) → weight (K, inputs, outputs) and bias (K, 1, outputs) of each layer, views."""
    views, start = [], 0
    for layer in layers:
        middle = start + layer.inputs * layer.outputs
        end = middle + layer.outputs
        weight = parameters[:, start:middle].view(-1, layer.inputs, layer.outputs)
        views.append((weight, parameters[:, middle:end].unsqueeze(1)))
        start = end
    return views


def parameter_count(layers: Sequence[Layer]) -> int:
    """P, the number of parameters of one member."""
    return sum((layer.inputs + 1) * layer.outputs for layer in layers)


def initial_parameters(layers: Sequence[Layer], seed: int) -> Tensor:
    """(P,): weights N(0, gain² / inputs), gain: of the activation that made the inputs (1 for data). Biases are 0."""
    generator = generator_of(torch.device("cpu"), seed, INITIAL_WEIGHTS)
    row, gain = [], 1.0
    for layer in layers:
        weight = torch.empty(layer.inputs * layer.outputs).normal_(generator=generator)
        row += [weight * (gain / layer.inputs**0.5), torch.zeros(layer.outputs)]
        gain = layer.activation.gain
    return torch.cat(row)


def named(layers: Sequence[Layer], row: Tensor) -> dict[str, Tensor]:
    """One member's row (P,) as `layers.0.weight` (inputs, outputs), `layers.0.bias` (outputs,), …"""
    tensors = {}
    for number, (weight, bias) in enumerate(layer_views(layers, row.unsqueeze(0))):
        tensors[f"layers.{number}.weight"] = weight[0].clone()
        tensors[f"layers.{number}.bias"] = bias[0, 0].clone()
    return tensors


def row_of(layers: Sequence[Layer], tensors: dict[str, Tensor], prefix: str = "") -> Tensor:
    """The inverse of `named`; ValueError if a tensor is missing or has another shape."""
    row = []
    for number, layer in enumerate(layers):
        wanted = {"weight": (layer.inputs, layer.outputs), "bias": (layer.outputs,)}
        for part, shape in wanted.items():
            name = f"{prefix}layers.{number}.{part}"
            found = tuple(tensors[name].shape) if name in tensors else None
            if found != shape:
                raise ValueError(f"{name} = {found}: must have shape {shape}; restore into a population of equal shape")
            row.append(tensors[name].float().flatten())
    return torch.cat(row)
