"""What the perturbation rules share: how often they perturb, with which noise, and the average over passes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

import torch
from torch import Tensor

from learning.networks import Layer
from learning.noise import NoiseDistribution
from learning.probe import LayerError, LayerProducts, Probe
from learning.validation import require, require_count, require_one_of, set_numbers


@dataclass(frozen=True, kw_only=True)
class NoiseOptions:
    """How a rule perturbs.

    noise_passes: M ≥ 1, perturbed passes with fresh noise a clean pass; their estimates are averaged.
    antithetic: every noise is used as ε and as −ε (twice the passes).
    noise_distribution: gaussian, N(0, σ²), or rademacher, ±σ.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    hyperparameters: ClassVar[frozenset[str]] = frozenset({"learning_rate", "noise_scale"})
    needs_derivative: ClassVar[bool] = False
    records_graph: ClassVar[bool] = False
    unbiased: ClassVar[bool] = False
    alignment: ClassVar[float] = 0.95
    hidden_noise: ClassVar[bool] = False

    noise_passes: int = 1
    antithetic: bool = False
    noise_distribution: NoiseDistribution = "gaussian"

    def __post_init__(self) -> None:
        require_count("noise_passes", self.noise_passes)
        set_numbers(self, int, "noise_passes")
        require(
            isinstance(self.antithetic, bool), "antithetic", self.antithetic, "must be a boolean", "write true or false"
        )
        require_one_of("noise_distribution", self.noise_distribution, get_args(NoiseDistribution))

    @property
    def draws(self) -> int:
        """How often one step draws noise."""
        return self.noise_passes

    @property
    def passes(self) -> int:
        """Perturbed passes a step, whose estimates are averaged."""
        return self.noise_passes * (2 if self.antithetic else 1)

    def noises(self, probe: Probe) -> Iterator[list[Tensor]]:
        """The noise of each perturbed pass; what is yielded is valid until the next is asked for."""
        for _ in range(self.noise_passes):
            noise = probe.draw()
            yield noise
            if self.antithetic:
                yield [-epsilon for epsilon in noise]


class PerturbationRule(NoiseOptions, ABC):
    """A rule that perturbs pre-activations and learns from what becomes of it."""

    perturbs_layers_apart: ClassVar[bool] = False

    def noise_sizes(self, layers: Sequence[Layer], batch: int) -> list[tuple[int, ...]]:
        """The sizes of one draw for one member: (batch, units) a layer."""
        return [(batch, layer.units) for layer in layers]

    def multiply_adds(self, layers: Sequence[LayerProducts]) -> int:
        """Beyond the clean pass: a perturbation goes up from the first layer that it reaches, which costs nothing."""
        firsts = range(len(layers)) if self.perturbs_layers_apart else (0,)
        responses = sum(layer.forward for first in firsts for layer in layers[first + 1 :])
        return self.passes * responses + sum(layer.correlate for layer in layers)

    @abstractmethod
    def errors(self, noise: Sequence[Tensor], probe: Probe) -> Sequence[LayerError]:
        """The error of each layer from one perturbation. Leaves `noise` as it is."""

    def gradient(self, probe: Probe) -> Tensor:
        """The estimate of the gradient, averaged over the noise passes and the batch: (K, P), rows as parameters."""
        total: list[Tensor] = []
        for noise in self.noises(probe):
            errors = self.errors(noise, probe)
            total = _added(total, errors) if total else [c.unsqueeze(-1) * d for c, d in errors]
        return probe.correlate(total if self.passes == 1 else [error.div_(self.passes) for error in total])


def _added(total: Sequence[Tensor], errors: Sequence[LayerError]) -> list[Tensor]:
    return [e.addcmul_(c.unsqueeze(-1), d) for e, (c, d) in zip(total, errors, strict=True)]


def squared_norm(values: Tensor) -> Tensor:
    """‖v‖² of each sample: (K, batch, units) → (K, batch)."""
    norm: Tensor = torch.linalg.vector_norm(values, dim=-1)
    return norm.square_()
