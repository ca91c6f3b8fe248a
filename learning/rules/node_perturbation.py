"""np: node perturbation, all layers perturbed in one pass.

    e_l = δℒ ε_l / σ²,   ΔW_l ∝ −⟨e_l x*_lᵀ⟩

Williams 1992; Dalm, van Gerven & Ahmad (arXiv 2310.00965), eq. for NP. In the code: ε is `noise`, σ `noise_scale`, δℒ
`loss_difference`. Its expectation is the gradient of the loss smoothed by the noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from learning.probe import LayerError, Probe
from learning.rules.perturbation import PerturbationRule


@dataclass(frozen=True, kw_only=True)
class NodePerturbation(PerturbationRule):
    """Needs the noise itself and a clean pass.

    noise_passes: M ≥ 1 perturbed passes a clean one, averaged. antithetic: each noise as ε and −ε, twice the passes.
    noise_distribution: gaussian or rademacher (±σ).
    """

    unbiased: ClassVar[bool] = True

    name: Literal["np"] = "np"

    def errors(self, noise: Sequence[Tensor], probe: Probe) -> list[LayerError]:
        """e_l = δℒ ε_l / σ²."""
        loss_difference = probe.respond(noise).loss_difference
        coefficient = loss_difference / probe.noise_scale.square().unsqueeze(-1)  # (K, batch)
        return [LayerError(coefficient, epsilon) for epsilon in noise]
