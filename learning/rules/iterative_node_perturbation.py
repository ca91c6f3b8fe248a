"""inp: iterative node perturbation, one layer perturbed at a time, one pass a layer.

    e_l = N_l δℒ_l ε_l / ‖ε_l‖²,   ΔW_l ∝ −⟨e_l x*_lᵀ⟩

Dalm, van Gerven & Ahmad (arXiv 2310.00965), INP: the directional derivative of that layer along its noise, scaled by
its number of units so that its expectation is the gradient. In the code: ε_l is `epsilon`, N_l its last dimension,
δℒ_l `loss_difference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from learning.probe import LayerError, Probe
from learning.rules.perturbation import PerturbationRule, squared_norm


@dataclass(frozen=True, kw_only=True)
class IterativeNodePerturbation(PerturbationRule):
    """Needs the noise itself, a clean pass, and a pass for every layer.

    noise_passes: M ≥ 1 perturbed passes a clean one, averaged. antithetic: each noise as ε and −ε, twice the passes.
    noise_distribution: gaussian or rademacher (±σ).
    """

    unbiased: ClassVar[bool] = True
    perturbs_layers_apart: ClassVar[bool] = True

    name: Literal["inp"] = "inp"

    def errors(self, noise: Sequence[Tensor], probe: Probe) -> list[LayerError]:
        """e_l = N_l δℒ_l ε_l / ‖ε_l‖²."""
        errors = []
        for layer, epsilon in enumerate(noise):
            alone = [epsilon if other == layer else None for other in range(len(noise))]
            loss_difference = probe.respond(alone).loss_difference
            errors.append(LayerError(epsilon.shape[-1] * loss_difference / squared_norm(epsilon), epsilon))
        return errors
