"""Probes on tiny networks, to ask one rule for one estimate and compare it with the gradient by autograd."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from learning import Network, Rule
from learning.losses import LOSSES
from learning.networks import Layer
from learning.passes import clean_pass, layer_weights
from learning.probe import Probe
from learning.weights import initial_parameters, layer_views

INPUT_SHAPE, OUTPUTS = (4, 4, 1), 3

Decorrelated = Literal["none", "formed", "merged"]


def layers_of(network: Network) -> tuple[Layer, ...]:
    """The layers of a network on 4×4 images with three classes."""
    return network.layers(INPUT_SHAPE, OUTPUTS)


def random_matrix(inputs: int, generator: torch.Generator) -> Tensor:
    """A decorrelation matrix as one that has learned: near the identity, not symmetric."""
    noise = torch.randn(inputs, inputs, generator=generator)
    return torch.eye(inputs) + noise * (0.2 / math.sqrt(inputs))


def problem(
    rule: Rule,
    network: Network,
    *,
    decorrelation: Decorrelated = "none",
    members: int = 1,
    batch: int = 4,
    repeats: int = 1,
    noise_scale: float = 1e-3,
    loss: str = "cross_entropy",
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
) -> Probe:
    """A probe of `members` copies of one network on one batch, drawing noise from a generator seeded with `seed`.

    decorrelation: whether x* is formed for the whole batch or D merged into W (`learning.passes.forms_inputs`).
    repeats: how often the batch is repeated inside the batch.
    """
    generator = torch.Generator().manual_seed(123)
    layers = layers_of(network)
    inputs = torch.randn(batch, 16, generator=generator).repeat(repeats, 1).to(dtype)
    labels = torch.randint(OUTPUTS, (batch,), generator=generator).repeat(repeats)
    if loss == "squared_error":
        labels = torch.nn.functional.one_hot(labels, OUTPUTS).to(dtype)
    parameters = initial_parameters(layers, seed=5).to(dtype).expand(members, -1).contiguous()
    weights = []
    for number, (layer, (weight, bias)) in enumerate(zip(layers, layer_views(layers, parameters), strict=True)):
        matrix = random_matrix(layer.inputs, generator).to(dtype).expand(members, -1, -1).contiguous()
        own = None if decorrelation == "none" else matrix
        weights.append(layer_weights(weight, bias, own, decorrelation == "formed", first=number == 0))
    noise_scale = noise_scale if "noise_scale" in rule.hyperparameters else 1.0
    scale = torch.full((members,), noise_scale, dtype=dtype)
    noises = draws(rule, layers, members, batch * repeats, noise_scale, dtype, seed)
    shared = inputs.expand(members, -1, -1)
    clean = clean_pass(layers, weights, shared, differentiable=rule.records_graph)
    return Probe(
        layers, weights, clean, labels.expand(members, *labels.shape), LOSSES[loss], scale, lambda: next(noises)
    )


def draws(
    rule: Rule, layers: tuple[Layer, ...], members: int, batch: int, scale: float, dtype: torch.dtype, seed: int
) -> Iterator[list[Tensor]]:
    """Endless Gaussian noise of the sizes the rule asks for."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        sizes = rule.noise_sizes(layers, batch)
        yield [scale * torch.randn(members, *size, generator=generator).to(dtype) for size in sizes]


def true_gradient(probe: Probe) -> Tensor:
    """The gradient of the batch-averaged loss with respect to W and b, by autograd through a plain pass: (K, P)."""
    leaves = [
        (w.weight.detach().clone().requires_grad_(), w.bias.detach().clone().requires_grad_()) for w in probe.weights
    ]
    activity = probe.clean.rows[0].detach()
    members, batch = probe.clean.preactivations[0].shape[:2]
    for number, (layer, own, (weight, bias)) in enumerate(zip(probe.layers, probe.weights, leaves, strict=True)):
        rows = activity if number == 0 else layer.rows(activity)
        star = rows if own.decorrelation is None else rows @ own.decorrelation
        z = (star @ weight + bias).reshape(members, batch, layer.units)
        activity = layer.activation.value(z)
    total = probe.loss.value(z, probe.targets).mean(1).sum()
    parts = torch.autograd.grad(total, [leaf for pair in leaves for leaf in pair])
    return torch.cat([part.flatten(1) for part in parts], 1)
