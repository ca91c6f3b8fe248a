"""Loss functions per sample, and their exact differences.

outputs: (K, batch, outputs), the last layer's pre-activations; change: the same shape, their perturbation.
Cross-entropy takes targets (K, batch) of class numbers. Squared error takes targets (K, batch, outputs), or class
numbers, which stand for one-hot vectors.
Nothing is averaged here: every function returns (K, batch).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

LossName = Literal["cross_entropy", "squared_error"]


@dataclass(frozen=True)
class Loss:
    """ℒ itself, its exact difference ℒ(z + δ) − ℒ(z), and its directional derivative ∇ℒ(z)·δ."""

    value: Callable[[Tensor, Tensor], Tensor]
    difference: Callable[[Tensor, Tensor, Tensor], Tensor]
    derivative: Callable[[Tensor, Tensor, Tensor], Tensor]


def _of_target(values: Tensor, targets: Tensor) -> Tensor:
    return values.gather(-1, targets.unsqueeze(-1))  # (K, batch, 1)


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """−log softmax(z)_y."""
    return (torch.logsumexp(outputs, -1, keepdim=True) - _of_target(outputs, targets)).squeeze(-1)


def cross_entropy_difference(outputs: Tensor, change: Tensor, targets: Tensor) -> Tensor:
    """log Σ_i p_i exp(δ_i − δ_y) = log1p(Σ_i p_i expm1(δ_i − δ_y)), p = softmax(z).

    The same as log1p(Σ_i p_i expm1(δ_i)) − δ_y, but without that last subtraction, which cancels where p_y is near 1.
    A sample with a change above 1 somewhere has nothing to cancel, but exponentials that overflow: it takes the first
    form, as a log-sum-exp.
    """
    relative = change - _of_target(change, targets)  # (K, batch, outputs), 0 for the target
    shifted = outputs - outputs.amax(-1, keepdim=True)
    log_p = shifted - torch.logsumexp(shifted, -1, keepdim=True)  # log_softmax, whose kernel is slow for few outputs
    small = torch.log1p((torch.exp(log_p) * torch.expm1(relative.clamp(-1, 1))).sum(-1))
    return torch.where(relative.abs().amax(-1) <= 1, small, torch.logsumexp(log_p + relative, -1))


def cross_entropy_derivative(outputs: Tensor, change: Tensor, targets: Tensor) -> Tensor:
    """Σ_i p_i (δ_i − δ_y)."""
    return (torch.softmax(outputs, -1) * (change - _of_target(change, targets))).sum(-1)


def _wanted(outputs: Tensor, targets: Tensor) -> Tensor:
    """The targets as outputs, (K, batch, outputs): a class number is 1 for its class and 0 elsewhere."""
    if targets.is_floating_point():
        return targets
    return torch.zeros_like(outputs).scatter_(-1, targets.unsqueeze(-1), 1.0)


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Σ_i (z_i − y_i)²."""
    return (outputs - _wanted(outputs, targets)).square().sum(-1)


def squared_error_difference(outputs: Tensor, change: Tensor, targets: Tensor) -> Tensor:
    """Σ_i δ_i (2 (z_i − y_i) + δ_i)."""
    return (change * (2 * (outputs - _wanted(outputs, targets)) + change)).sum(-1)


def squared_error_derivative(outputs: Tensor, change: Tensor, targets: Tensor) -> Tensor:
    """Σ_i 2 δ_i (z_i − y_i)."""
    return (2 * change * (outputs - _wanted(outputs, targets))).sum(-1)


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        "cross_entropy": Loss(cross_entropy, cross_entropy_difference, cross_entropy_derivative),
        "squared_error": Loss(squared_error, squared_error_difference, squared_error_derivative),
    }
)
