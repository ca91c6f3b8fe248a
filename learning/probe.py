"""What a rule may ask of the system in one step, and what it hears back.

A rule sees no pass: it gives noise and gets the differences that the noise makes, gives errors and gets a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from learning.losses import Loss
from learning.networks import Layer
from learning.passes import (
    CleanPass,
    LayerWeights,
    difference_pass,
    tangent_pass,
    weight_difference_pass,
    weight_gradient,
)


class Response(NamedTuple):
    """What a perturbation changes. differences: δz of each layer, (K, batch, units), None below the first perturbed
    layer. loss_difference: δℒ, (K, batch)."""

    differences: list[Tensor | None]
    loss_difference: Tensor


class LayerError(NamedTuple):
    """The error of one layer's pre-activations, e = coefficient · direction, for each sample.

    coefficient: (K, batch). direction: (K, batch, units).
    """

    coefficient: Tensor
    direction: Tensor


class LayerProducts(NamedTuple):
    """What a layer's matrix products cost, in multiply-adds of one member and one batch: see `learning.cost`.

    forward: of rows with weights, in any pass. correlate: of rows with errors, the weight gradient. merge: of D with a
    matrix of the weights' size; 0 without decorrelation.
    """

    forward: int
    correlate: int
    merge: int


@dataclass(frozen=True)
class Probe:
    """What a rule may ask of the system: its answer to a perturbation, and the product of errors with the inputs.

    noise_scale: (K,), σ of each member. draw: the next noise, a tensor a size the rule asked for, σ already applied,
    valid until the next draw. targets: (K, batch) or (K, batch, outputs). gradient: (K, P), what `correlate` writes
    into, step after step (fresh memory costs a large network a tenth of its step); None for new memory.
    """

    layers: Sequence[Layer]
    weights: Sequence[LayerWeights]
    clean: CleanPass
    targets: Tensor
    loss: Loss
    noise_scale: Tensor
    draw: Callable[[], list[Tensor]]
    gradient: Tensor | None = None

    def respond(self, noise: Sequence[Tensor | None]) -> Response:
        """The exact difference that `noise`, added to the pre-activations, makes to them and to the loss."""
        differences = difference_pass(self.layers, self.weights, self.clean, noise)
        return Response(differences, self._loss_difference(differences[-1]))

    def _loss_difference(self, change: Tensor | None) -> Tensor:
        outputs = self.clean.preactivations[-1]
        if change is None:
            return outputs.new_zeros(outputs.shape[:2])
        return self.loss.difference(outputs, change, self.targets)

    def respond_to_weights(self, weight_noise: Sequence[Tensor], bias_noise: Sequence[Tensor]) -> Tensor:
        """δℒ, (K, batch), that noise on weights (K, inputs, outputs) and biases (K, outputs) makes, exactly."""
        change = weight_difference_pass(self.layers, self.weights, self.clean, weight_noise, bias_noise)
        return self._loss_difference(change)

    def directional_derivative(self, noise: Sequence[Tensor]) -> Tensor:
        """∇_z ℒ · noise: (K, batch), the limit of a response for vanishing noise."""
        change = tangent_pass(self.layers, self.weights, self.clean, noise)
        return self.loss.derivative(self.clean.preactivations[-1], change, self.targets)

    def loss_gradient(self) -> list[Tensor]:
        """∂ℒ/∂z_l of each layer and sample by autograd: (K, batch, units). Needs a differentiable clean pass."""
        with torch.enable_grad():
            total = self.loss.value(self.clean.preactivations[-1], self.targets).sum()
        return list(torch.autograd.grad(total, self.clean.preactivations))

    def correlate(self, errors: Sequence[Tensor]) -> Tensor:
        """Errors of the pre-activations to the gradient of all parameters, (K, P): see `weight_gradient`."""
        return weight_gradient(self.layers, self.clean, self.weights, errors, self.gradient)
