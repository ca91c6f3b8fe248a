"""bp: backpropagation, the baseline.

    e_l = ∂ℒ/∂z_l,   ΔW_l ∝ −⟨e_l x*_lᵀ⟩

Rumelhart, Hinton & Williams 1986. In the code: e is `loss_gradient`, by autograd through the population.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from torch import Tensor

from learning.networks import Layer
from learning.probe import LayerProducts, Probe


@dataclass(frozen=True, kw_only=True)
class Backpropagation:
    """The exact gradient. Reads no noise."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    hyperparameters: ClassVar[frozenset[str]] = frozenset({"learning_rate"})
    needs_derivative: ClassVar[bool] = True
    records_graph: ClassVar[bool] = True
    unbiased: ClassVar[bool] = True
    alignment: ClassVar[float] = 1.0
    hidden_noise: ClassVar[bool] = False
    noise_distribution: ClassVar[str] = "gaussian"
    draws: ClassVar[int] = 0

    name: Literal["bp"] = "bp"

    def noise_sizes(self, layers: Sequence[Layer], batch: int) -> list[tuple[int, ...]]:  # noqa: ARG002 (the interface)
        return []

    def multiply_adds(self, layers: Sequence[LayerProducts]) -> int:
        """Beyond the clean pass: errors go down to the first layer, and meet every layer's inputs."""
        return sum(layer.forward for layer in layers[1:]) + sum(layer.correlate for layer in layers)

    def gradient(self, probe: Probe) -> Tensor:
        """⟨x*ᵀ ∂ℒ/∂z⟩ of each layer: (K, P), rows as parameters."""
        return probe.correlate(probe.loss_gradient())
