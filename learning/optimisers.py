"""Optimisers over a population: one update for all members, each with its own learning rate and step count.

parameters, gradient and the moments are (K, P): all parameters of a member in one row. rate, steps: (K,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from learning.validation import is_number, require, require_fraction, set_numbers


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Kingma & Ba 2015, with bias correction.

        m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,   θ ← θ − η m̂ / (√v̂ + ε)

    beta1, beta2: in [0, 1). epsilon: from 1e-30 to 1e30. decay: factor on the learning rate from epoch to epoch, in
    (0, 1].
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    moments: ClassVar[tuple[str, ...]] = ("first", "second")

    name: Literal["adam"] = "adam"
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    decay: float = 1.0

    def __post_init__(self) -> None:
        for field, beta in (("beta1", self.beta1), ("beta2", self.beta2)):
            require(is_number(beta) and 0 <= beta < 1, field, beta, "must be in [0, 1)", "0.9 is usual")
        holds = is_number(self.epsilon) and 1e-30 <= self.epsilon <= 1e30
        require(holds, "epsilon", self.epsilon, "must be a number from 1e-30 to 1e30", "1e-8 is usual")
        require_fraction("decay", self.decay)
        set_numbers(self, float, "beta1", "beta2", "epsilon", "decay")

    def step(
        self, parameters: Tensor, gradient: Tensor, moments: dict[str, Tensor], rate: Tensor, steps: Tensor
    ) -> None:
        """Update `parameters` and `moments` in place; `gradient` is used up. steps: taken with this one, ≥ 1."""
        first, second = moments["first"], moments["second"]
        first.lerp_(gradient, 1 - self.beta1)
        second.mul_(self.beta2).addcmul_(gradient, gradient, value=1 - self.beta2)
        correction = torch.sqrt(1 - self.beta2**steps)  # √v̂ = √v / correction; (K,), float64 as `steps`
        size = rate * correction / (1 - self.beta1**steps)
        torch.sqrt(second, out=gradient).add_((self.epsilon * correction).to(gradient.dtype).unsqueeze(-1))
        torch.div(first, gradient, out=gradient)
        parameters.addcmul_(gradient, size.to(gradient.dtype).unsqueeze(-1), value=-1)


@dataclass(frozen=True, kw_only=True)
class SGD:
    """u ← μ u + g,   θ ← θ − η u.

    momentum: μ in [0, 1). decay: factor on the learning rate from epoch to epoch, in (0, 1].
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    moments: ClassVar[tuple[str, ...]] = ("velocity",)

    name: Literal["sgd"] = "sgd"
    momentum: float = 0.0
    decay: float = 1.0

    def __post_init__(self) -> None:
        holds = is_number(self.momentum) and 0 <= self.momentum < 1
        require(holds, "momentum", self.momentum, "must be in [0, 1)", "0.9 is usual, 0.0 is plain SGD")
        require_fraction("decay", self.decay)
        set_numbers(self, float, "momentum", "decay")

    def step(
        self,
        parameters: Tensor,
        gradient: Tensor,
        moments: dict[str, Tensor],
        rate: Tensor,
        steps: Tensor,  # noqa: ARG002 (the interface)
    ) -> None:
        """Update `parameters` and `moments` in place."""
        velocity = moments["velocity"].mul_(self.momentum).add_(gradient)
        parameters.addcmul_(velocity, rate.unsqueeze(-1), value=-1)


Optimiser = Adam | SGD
