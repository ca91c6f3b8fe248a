"""wp: weight perturbation, all weights and biases perturbed in one pass, the same for the whole batch.

    ΔW_l ∝ −⟨δℒ⟩ Ω_l / σ²,   Ω_l ~ N(0, σ² I) of the shape of W_l

Jabri & Flower 1992; Cauwenberghs 1993. In the code: Ω of every layer is `noise`, weight then bias, σ `noise_scale`,
⟨δℒ⟩ the mean of `loss_difference` over the batch. Its variance grows with the number of weights, that of `np` with the
number of units: the baseline that shows what perturbing nodes gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from learning.networks import Layer
from learning.probe import LayerProducts, Probe
from learning.rules.perturbation import NoiseOptions


@dataclass(frozen=True, kw_only=True)
class WeightPerturbation(NoiseOptions):
    """Needs the noise itself and a clean pass.

    noise_passes: M ≥ 1 perturbed passes a clean one, averaged. antithetic: each noise as ε and −ε, twice the passes.
    noise_distribution: gaussian or rademacher (±σ).
    """

    unbiased: ClassVar[bool] = True

    name: Literal["wp"] = "wp"

    def noise_sizes(self, layers: Sequence[Layer], batch: int) -> list[tuple[int, ...]]:  # noqa: ARG002 (the interface)
        """The sizes of one draw for one member: weight and bias of each layer in turn."""
        return [size for layer in layers for size in ((layer.inputs, layer.outputs), (layer.outputs,))]

    def multiply_adds(self, layers: Sequence[LayerProducts]) -> int:
        """Beyond the clean pass: the noise of every layer meets its inputs, and what changes below goes up."""
        own = sum(layer.merge + layer.forward for layer in layers)
        return self.passes * (own + sum(layer.forward for layer in layers[1:]))

    def gradient(self, probe: Probe) -> Tensor:
        """⟨δℒ⟩ Ω / σ², averaged over the noise passes: (K, P), rows as parameters."""
        total = torch.zeros((), device=probe.noise_scale.device)
        for noise in self.noises(probe):
            loss_difference = probe.respond_to_weights(noise[0::2], noise[1::2]).mean(1)
            coefficient = loss_difference / (probe.noise_scale.square() * self.passes)  # (K,)
            total = total + coefficient.unsqueeze(-1) * torch.cat([omega.flatten(1) for omega in noise], 1)
        return total
