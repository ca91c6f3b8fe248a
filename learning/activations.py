"""Activation functions, their exact finite differences and their derivatives.

The difference f(z + d) − f(z) is computed in a form without cancellation (NODE_PERTURBATION.md §3): float32 keeps
its relative accuracy however small d is. Subtracting two evaluations would lose the signal. All functions are
elementwise and take tensors of any equal shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

ActivationName = Literal["leaky_relu", "relu", "tanh", "linear", "step", "sign"]

SLOPE = 0.01  # of leaky ReLU on the negative side, as torch's default


@dataclass(frozen=True)
class Activation:
    """One activation function f.

    value(z) = f(z); difference(z, d) = f(z + d) − f(z) exactly; derivative(z) = f′(z), or None where f has no
    useful derivative (then backpropagation and forward gradients refuse it). `gain` is sqrt(1 / E[f(u)²]) for
    u ~ N(0, 1): initial weights of variance gain² / inputs keep the size of activities from layer to layer.
    """

    value: Callable[[Tensor], Tensor]
    difference: Callable[[Tensor, Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor] | None
    module: Callable[[], nn.Module]
    gain: float


class Step(nn.Module):
    """The step function as a module, for exported networks: 1 where z > 0, else 0."""

    def forward(self, z: Tensor) -> Tensor:
        return step(z)


class Sign(nn.Module):
    """The sign function as a module, for exported networks: +1 where z > 0, else −1."""

    def forward(self, z: Tensor) -> Tensor:
        return sign(z)


def step(z: Tensor) -> Tensor:
    """1 where z > 0, else 0; NaN stays NaN, so that a diverged network is seen to be one."""
    return (z > 0).to(z.dtype) + 0 * z


def sign(z: Tensor) -> Tensor:
    """+1 where z > 0, else −1; NaN stays NaN."""
    return 2 * step(z) - 1


def piecewise_linear_difference(z: Tensor, d: Tensor, slope: float) -> Tensor:
    """f(z + d) − f(z) for f(z) = max(z, slope·z), 0 ≤ slope < 1: slope·d + (1 − slope)·(r(z + d) − r(z)), r: ReLU.

    r(z + d) − r(z) = max(−z, d) + min(z, 0), whichever signs z and z + d have: d, −z, z + d or 0, in one addition. So
    where the sign does not change the result is d or slope·d, to the last bits.
    """
    change = torch.neg(z)
    torch.maximum(change, d, out=change).add_(torch.clamp(z, max=0))
    return change.mul_(1 - slope).add_(d, alpha=slope)


def tanh_difference(z: Tensor, d: Tensor) -> Tensor:
    """tanh(z + d) − tanh(z) = tanh d (1 − tanh² z) / (1 + tanh z tanh d), 1 − tanh² z = 4 e / (1 + e)², e = exp(−2|z|).

    Where |d| ≥ 1 the denominator may vanish in float32 (both saturated, of opposite signs) and nothing small is
    lost by subtracting: there the difference is taken directly.
    """
    t, u = torch.tanh(z), torch.tanh(d)
    e = z.abs().mul_(-2).exp_()  # not torch.cosh: its rounding depends on a number's place in memory
    quotient = (4 * u).mul_(e).div_((1 + e).square_().mul_(1 + t * u))
    return torch.where(d.abs() < 1, quotient, torch.tanh(z + d) - t)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "leaky_relu": Activation(
            value=lambda z: leaky_relu(z, SLOPE),
            difference=lambda z, d: piecewise_linear_difference(z, d, SLOPE),
            derivative=lambda z: torch.where(z > 0, 1.0, SLOPE),
            module=lambda: nn.LeakyReLU(SLOPE),
            gain=(2 / (1 + SLOPE**2)) ** 0.5,
        ),
        "relu": Activation(
            value=torch.relu,
            difference=lambda z, d: piecewise_linear_difference(z, d, 0.0),
            derivative=lambda z: (z > 0).to(z.dtype),
            module=nn.ReLU,
            gain=2**0.5,
        ),
        "tanh": Activation(
            value=torch.tanh,
            difference=tanh_difference,
            derivative=lambda z: 1 - torch.tanh(z) ** 2,
            module=nn.Tanh,
            gain=1.593,
        ),
        "linear": Activation(
            value=lambda z: z,
            difference=lambda _, d: d,
            derivative=torch.ones_like,
            module=nn.Identity,
            gain=1.0,
        ),
        "step": Activation(
            value=step,
            difference=lambda z, d: step(z + d) - step(z),
            derivative=None,
            module=Step,
            gain=2**0.5,
        ),
        "sign": Activation(
            value=sign,
            difference=lambda z, d: sign(z + d) - sign(z),
            derivative=None,
            module=Sign,
            gain=1.0,
        ),
    }
)
