"""anp: activity-based node perturbation, all layers perturbed in one pass, learning from the activity it measures.

    e_l = N δℒ δz_l / ‖δz‖²,   ‖δz‖² = Σ_l ‖δz_l‖²,   N = Σ_l N_l,   ΔW_l ∝ −⟨e_l x*_lᵀ⟩

Dalm, van Gerven & Ahmad (arXiv 2310.00965), ANP: the directional derivative along the whole measured change of
activity. It needs neither the noise nor, where the system is noisy itself, a clean pass. In the code: δz_l is
`differences[l]`, δℒ `loss_difference`, N `units`. A descent direction on average, not an unbiased gradient: the
change of a layer contains what the layers below sent up. Its average for small σ is N ⟨δz δzᵀ / ‖δz‖²⟩ ∂ℒ/∂z, where
∂ℒ/∂z is zero below the last layer (the loss sees no other) and δz, by what it contains, carries it to the layers below.
`alignment` is the cosine between the two that the contract test asks of a small network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from learning.probe import LayerError, Probe
from learning.rules.perturbation import PerturbationRule, squared_norm


@dataclass(frozen=True, kw_only=True)
class ActivityNodePerturbation(PerturbationRule):
    """Needs the measured change of activity alone: the one rule for systems whose noise is inaccessible.

    noise_passes: M ≥ 1 perturbed passes a clean one, averaged. antithetic: each noise as ε and −ε, twice the passes.
    noise_distribution: gaussian or rademacher (±σ).
    """

    hidden_noise: ClassVar[bool] = True
    alignment: ClassVar[float] = 0.8

    name: Literal["anp"] = "anp"

    def errors(self, noise: Sequence[Tensor], probe: Probe) -> list[LayerError]:
        """e_l = N δℒ δz_l / ‖δz‖²."""
        differences, loss_difference = probe.respond(noise)
        changes = [change for change in differences if change is not None]
        units = sum(change.shape[-1] for change in changes)
        norm = torch.stack([squared_norm(change) for change in changes]).sum(0)  # (K, batch)
        coefficient = units * loss_difference / norm
        return [LayerError(coefficient, change) for change in changes]
