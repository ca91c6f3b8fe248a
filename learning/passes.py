"""The passes through a population of networks: the clean one, and the exact difference a perturbation makes.

K members, `batch` samples. Activities, pre-activations, noise and errors of layer l are (K, batch, units_l); inside
a layer they are rows (K, batch·positions, ·), which is the same memory. x* = x D is the decorrelated input, where D
is the transpose of R in the equations, since samples are rows here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from learning.networks import Layer
from learning.products import Precision, added_product, product, write_product
from learning.weights import layer_views, parameter_count


@dataclass(frozen=True)
class LayerWeights:
    """One layer's weights in one step.

    weight: (K, inputs, outputs), W. bias: (K, 1, outputs). decorrelation: (K, inputs, inputs), D, or None.
    effective: (K, inputs, outputs), D W, or W without decorrelation; None where only x* is wanted (see `costs`).
    forms_inputs: whether x* is formed for the whole batch. precision: of the products with it.
    """

    weight: Tensor
    bias: Tensor
    decorrelation: Tensor | None
    effective: Tensor | None
    forms_inputs: bool
    precision: Precision = "float32"


@dataclass(frozen=True)
class CleanPass:
    """What the unperturbed pass leaves, a layer each.

    rows: (K, batch·positions, inputs), x. decorrelated: the same shape, x*, or None where it is not formed.
    preactivations: (K, batch, units), z. The last of them are the network's outputs.
    """

    rows: list[Tensor]
    decorrelated: list[Tensor | None]
    preactivations: list[Tensor]


def forms_inputs(layer: Layer, batch: int, sampled: int, first: bool) -> bool:
    """Whether forming x* for the whole batch costs fewer multiply-adds than merging D W (NODE_PERTURBATION.md §4).

    In units of inputs² multiply-adds: forming costs a row each; without it the gradient needs Dᵀ (xᵀ e), `outputs`,
    and the first layer D W too, `outputs` again (layers above need it for the perturbed pass in any case); and the
    `sampled` samples that decorrelation learns from are formed on their own.
    """
    merging = (2 if first else 1) * layer.outputs + sampled * layer.positions
    return batch * layer.positions < merging


def layer_weights(
    weight: Tensor,
    bias: Tensor,
    decorrelation: Tensor | None,
    forms: bool,
    first: bool,
    precision: Precision = "float32",
) -> LayerWeights:
    """Prepare one layer for one step; `forms` is the answer of `forms_inputs` for it."""
    if decorrelation is None:
        return LayerWeights(weight, bias, None, weight, False, precision)
    effective = None if first and forms else product(decorrelation, weight, precision)
    return LayerWeights(weight, bias, decorrelation, effective, forms, precision)


def clean_pass(
    layers: Sequence[Layer],
    weights: Sequence[LayerWeights],
    inputs: Tensor,
    system_noise: Sequence[Tensor] | None = None,
    differentiable: bool = False,
) -> CleanPass:
    """z_l = x*_l W_l + b_l (+ the system's own noise), x_{l+1} = f(z_l). inputs: (K, batch, features).

    differentiable: records the graph from z_1 on, for `learning.probe.Probe.loss_gradient`.
    """
    rows, decorrelated, preactivations = [], [], []
    activity = inputs
    for number, (layer, own) in enumerate(zip(layers, weights, strict=True)):
        x = layer.rows(activity)
        formed = _decorrelated(own, x) if own.forms_inputs else None
        z = _affine(own, x, formed).view(inputs.shape[0], inputs.shape[1], layer.units)
        if system_noise is not None:
            z = z + system_noise[number]
        if differentiable and number == 0:
            z.requires_grad_()
        rows.append(x)
        decorrelated.append(formed)
        preactivations.append(z)
        activity = layer.activation.value(z)
    return CleanPass(rows, decorrelated, preactivations)


def _decorrelated(own: LayerWeights, x: Tensor) -> Tensor | None:
    return None if own.decorrelation is None else product(x, own.decorrelation, own.precision)


def _affine(own: LayerWeights, x: Tensor, formed: Tensor | None) -> Tensor:
    if own.effective is not None:
        return added_product(own.bias, x, own.effective, own.precision)
    if formed is None:
        raise ValueError("a layer needs either D W or x*; layer_weights gives one of them")
    return added_product(own.bias, formed, own.weight, own.precision)


def difference_pass(
    layers: Sequence[Layer],
    weights: Sequence[LayerWeights],
    clean: CleanPass,
    noise: Sequence[Tensor | None],
) -> list[Tensor | None]:
    """δz_l = δx_l D_l W_l + ε_l,  δx_{l+1} = f(z_l + δz_l) − f(z_l),  δx_1 = 0.

    noise: ε of each layer, (K, batch, units), None for none. The first perturbed layer costs nothing. The same finite
    difference as two passes subtracted, to the last digits at any size of the noise. Returns δz of each layer.
    """
    differences: list[Tensor | None] = []
    change: Tensor | None = None  # δz of the layer before
    for number, (layer, own, epsilon) in enumerate(zip(layers, weights, noise, strict=True)):
        if change is not None:
            below = layers[number - 1].activation
            rows = layer.rows(below.difference(clean.preactivations[number - 1], change))
            change = _propagated(rows, own, epsilon, clean.preactivations[number].shape)
        else:
            change = epsilon
        differences.append(change)
    return differences


def _propagated(rows: Tensor, own: LayerWeights, epsilon: Tensor | None, shape: torch.Size) -> Tensor:
    if own.effective is None:
        raise ValueError("only the first layer can do without D W")
    if epsilon is None:
        return product(rows, own.effective, own.precision).view(shape)
    noise = epsilon.view(shape[0], rows.shape[1], -1)
    return added_product(noise, rows, own.effective, own.precision).view(shape)


def weight_difference_pass(
    layers: Sequence[Layer],
    weights: Sequence[LayerWeights],
    clean: CleanPass,
    weight_noise: Sequence[Tensor],
    bias_noise: Sequence[Tensor],
) -> Tensor:
    """δz_l = δx_l D (W + Ω) + x_l D Ω + ω: the exact difference that noise on weights and biases makes.

    weight_noise: Ω, (K, inputs, outputs). bias_noise: ω, (K, outputs). Returns δz of the last layer.
    """
    change: Tensor | None = None  # δz of the layer before
    for number, (layer, own) in enumerate(zip(layers, weights, strict=True)):
        z, omega = clean.preactivations[number], weight_noise[number]
        merged = omega if own.decorrelation is None else product(own.decorrelation, omega, own.precision)
        own_change = added_product(bias_noise[number].unsqueeze(1), clean.rows[number], merged, own.precision)
        if change is not None and own.effective is not None:
            below = layers[number - 1].activation
            rows = layer.rows(below.difference(clean.preactivations[number - 1], change))
            own_change = added_product(own_change, rows, own.effective + merged, own.precision)
        change = own_change.view(z.shape)
    if change is None:
        raise ValueError("a network has at least one layer")
    return change


def tangent_pass(
    layers: Sequence[Layer],
    weights: Sequence[LayerWeights],
    clean: CleanPass,
    noise: Sequence[Tensor],
) -> Tensor:
    """The limit of `difference_pass` for vanishing noise: δx_{l+1} = f′(z_l) δz_l. Returns δz of the last layer."""
    change = noise[0]
    for number in range(1, len(layers)):
        derivative = layers[number - 1].activation.derivative
        if derivative is None:
            raise ValueError(f"{layers[number - 1].activation_name} has no derivative")
        rows = layers[number].rows(derivative(clean.preactivations[number - 1]) * change)
        change = _propagated(rows, weights[number], noise[number], clean.preactivations[number].shape)
    return change


def weight_gradient(
    layers: Sequence[Layer],
    clean: CleanPass,
    weights: Sequence[LayerWeights],
    errors: Sequence[Tensor],
    out: Tensor | None = None,
) -> Tensor:
    """⟨x*ᵀ e⟩ and ⟨e⟩ of each layer, averaged over the batch, summed over positions, in rows (K, P) as parameters.

    errors: (K, batch, units) of each layer. out: (K, P), what to write them into; None for new memory.
    """
    members, batch = errors[0].shape[:2]
    gradient = errors[0].new_empty(members, parameter_count(layers)) if out is None else out
    for number, (of_weight, of_bias) in enumerate(layer_views(layers, gradient)):
        x, formed, own = clean.rows[number], clean.decorrelated[number], weights[number]
        e = errors[number].view(members, x.shape[1], -1)
        inputs = (x if formed is None else formed).detach().transpose(1, 2)
        torch.sum(e, 1, keepdim=True, out=of_bias).div_(batch)
        if own.decorrelation is not None and formed is None:
            of_effective = product(inputs, e, own.precision)
            write_product(of_weight, own.decorrelation.transpose(1, 2), of_effective, 1 / batch, own.precision)
        else:
            write_product(of_weight, inputs, e, 1 / batch, own.precision)
    return gradient
