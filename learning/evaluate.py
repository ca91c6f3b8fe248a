"""Measuring a population on a split. Changes no parameter, no decorrelation matrix and no random stream."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from learning.data import Data, SplitName
from learning.decorrelation import correlation
from learning.losses import LOSSES
from learning.networks import Layer
from learning.noise import EVALUATION_NOISE, generator_of
from learning.passes import LayerWeights, clean_pass, layer_weights
from learning.products import product
from learning.shape import Shape
from learning.stack import Stack
from learning.weights import layer_views

VALUES_AT_ONCE = 2**22  # activities of one layer, all members together (16 MB)
CORRELATED_SAMPLES = 500  # a twentieth of an epoch's cost at most; chance correlation is then 1/500


@torch.no_grad()
def evaluate(
    shape: Shape,
    layers: Sequence[Layer],
    data: Data,
    split_name: SplitName,
    stack: Stack,
    members: Sequence[tuple[int, int]],
) -> dict[str, list[float]]:
    """Metrics of each member: `<split>_loss`, and `<split>_accuracy` for classification.

    A noisy system is measured clean, under these names, and under its own noise, with `_noisy` in the name.
    """
    weights = _merged_weights(layers, stack)
    measured = _measure(shape, layers, data, split_name, weights, None)
    if shape.system_noise:
        device = data.train.inputs.device
        generators = [generator_of(device, seed, EVALUATION_NOISE, epoch) for seed, epoch in members]
        noisy = _measure(shape, layers, data, split_name, weights, generators)
        measured |= {name.replace("_", "_noisy_"): values for name, values in noisy.items()}
    return measured


@torch.no_grad()
def input_correlations(layers: Sequence[Layer], data: Data, stack: Stack) -> list[Tensor]:
    """The mean squared correlation of each layer's decorrelated inputs: one (K,) a layer; none without decorrelation.

    On the first training samples, always the same.
    """
    weights = _merged_weights(layers, stack)
    stored = data.train.inputs[:CORRELATED_SAMPLES]
    inputs = data.networks_input(stored).expand(stack.size, -1, -1)
    rows = clean_pass(layers, weights, inputs).rows
    return [
        correlation(product(x, own.decorrelation))
        for x, own in zip(rows, weights, strict=True)
        if own.decorrelation is not None
    ]


def _merged_weights(layers: Sequence[Layer], stack: Stack) -> list[LayerWeights]:
    return [
        layer_weights(weight, bias, stack.get(f"decorrelation.{number}"), forms=False, first=False)
        for number, (weight, bias) in enumerate(layer_views(layers, stack["parameters"]))
    ]


def _measure(
    shape: Shape,
    layers: Sequence[Layer],
    data: Data,
    split_name: SplitName,
    weights: Sequence[LayerWeights],
    generators: Sequence[torch.Generator] | None,
) -> dict[str, list[float]]:
    split, members = data.split(split_name), weights[0].weight.shape[0]
    loss = torch.zeros(members, dtype=torch.float64, device=split.inputs.device)
    correct = torch.zeros_like(loss)
    widest = max([data.inputs] + [layer.positions * max(layer.inputs, layer.outputs) for layer in layers])
    at_once = max(1, VALUES_AT_ONCE // (members * widest))
    for stored, labels in zip(torch.split(split.inputs, at_once), torch.split(split.targets, at_once), strict=True):
        inputs = data.networks_input(stored).expand(members, -1, -1)
        targets = labels.expand(members, *labels.shape)
        noise = _noise(shape, layers, generators, len(stored)) if generators else None
        outputs = clean_pass(layers, weights, inputs, noise).preactivations[-1]
        loss += LOSSES[shape.loss].value(outputs, targets).sum(1)
        if data.task == "classification":
            correct += (outputs.argmax(-1) == targets).sum(1)
    metrics = {f"{split_name}_loss": (loss / len(split)).tolist()}
    if data.task == "classification":
        metrics[f"{split_name}_accuracy"] = (correct / len(split)).tolist()
    return metrics


def _noise(shape: Shape, layers: Sequence[Layer], generators: Sequence[torch.Generator], samples: int) -> list[Tensor]:
    """Fresh noise of the system for one pass: (K, samples, units) a layer."""
    return [
        torch.stack([torch.randn(samples, layer.units, generator=g, device=g.device) for g in generators])
        * shape.system_noise
        for layer in layers
    ]
