"""fg: forward gradient, activity-perturbed: the limit of node perturbation for σ → 0.

    e_l = (∇_z ℒ · ε) ε_l,   ε ~ N(0, I),   ΔW_l ∝ −⟨e_l x*_lᵀ⟩

Baydin et al. 2022 (arXiv 2202.08587); activity perturbation: Ren et al. 2023 (arXiv 2210.03310). In the code: ε is
`noise`, the Jacobian–vector product ∇_z ℒ · ε `directional_derivative`, by forward-mode derivatives written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from learning.probe import LayerError, Probe
from learning.rules.perturbation import PerturbationRule
from learning.validation import require


@dataclass(frozen=True, kw_only=True)
class ForwardGradient(PerturbationRule):
    """Needs the derivative of every activation; reads no noise scale, since the estimate does not depend on it."""

    hyperparameters: ClassVar[frozenset[str]] = frozenset({"learning_rate"})
    needs_derivative: ClassVar[bool] = True
    unbiased: ClassVar[bool] = True

    name: Literal["fg"] = "fg"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            not self.antithetic,
            "antithetic",
            self.antithetic,
            "changes nothing for fg, whose estimate is even in ε",
            "leave it out",
        )

    def errors(self, noise: Sequence[Tensor], probe: Probe) -> list[LayerError]:
        """e_l = (∇_z ℒ · ε) ε_l."""
        derivative = probe.directional_derivative(noise)
        return [LayerError(derivative, epsilon) for epsilon in noise]
