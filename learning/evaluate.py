"""Measuring a population on a split. Changes no parameter, no decorrelation matrix and no random stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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
VALUES_OF_A_MEMBER = 2**19  # of them; a chunk of samples must not depend on company, or a member's noise would
SAMPLES_AT_LEAST = 16
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
        noisy = _measure(shape, layers, data, split_name, weights, members)
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
    noisy: Sequence[tuple[int, int]] | None,
) -> dict[str, list[float]]:
    """The metrics of every member. noisy: (seed, epoch) of each under the system's noise; None for the clean system."""
    samples, members = _chunk(data, layers), weights[0].weight.shape[0]
    parts = []
    for first in range(0, members, VALUES_AT_ONCE // VALUES_OF_A_MEMBER):
        group = slice(first, first + VALUES_AT_ONCE // VALUES_OF_A_MEMBER)
        noise = _noise(shape, layers, data, noisy[group]) if noisy else None
        parts.append(_sums(shape, layers, data, split_name, [_of_group(own, group) for own in weights], samples, noise))
    loss, correct = (torch.cat(sums) / len(data.split(split_name)) for sums in zip(*parts, strict=True))
    metrics = {f"{split_name}_loss": loss.tolist()}
    if data.task == "classification":
        metrics[f"{split_name}_accuracy"] = correct.tolist()
    return metrics


def _chunk(data: Data, layers: Sequence[Layer]) -> int:
    """Samples in one pass."""
    widest = max([data.inputs] + [layer.positions * max(layer.inputs, layer.outputs) for layer in layers])
    return max(SAMPLES_AT_LEAST, VALUES_OF_A_MEMBER // widest)


def _of_group(own: LayerWeights, group: slice) -> LayerWeights:
    effective = None if own.effective is None else own.effective[group]
    return replace(own, weight=own.weight[group], bias=own.bias[group], decorrelation=None, effective=effective)


def _sums(
    shape: Shape,
    layers: Sequence[Layer],
    data: Data,
    split_name: SplitName,
    weights: Sequence[LayerWeights],
    samples: int,
    noise: Callable[[int], list[Tensor]] | None,
) -> tuple[Tensor, Tensor]:
    """Loss and correct answers, (K,) float64 each, summed over the split in passes of `samples`."""
    split, members = data.split(split_name), weights[0].weight.shape[0]
    loss = torch.zeros(members, dtype=torch.float64, device=split.inputs.device)
    correct = torch.zeros_like(loss)
    for stored, labels in zip(torch.split(split.inputs, samples), torch.split(split.targets, samples), strict=True):
        inputs = data.networks_input(stored).expand(members, -1, -1)
        targets = labels.expand(members, *labels.shape)
        system_noise = noise(len(stored)) if noise else None
        outputs = clean_pass(layers, weights, inputs, system_noise).preactivations[-1]
        loss += LOSSES[shape.loss].value(outputs, targets).sum(1)
        if data.task == "classification":
            correct += (outputs.argmax(-1) == targets).sum(1)
    return loss, correct


def _noise(
    shape: Shape, layers: Sequence[Layer], data: Data, members: Sequence[tuple[int, int]]
) -> Callable[[int], list[Tensor]]:
    """What draws the system's noise for one pass of so many samples: (K, samples, units) a layer.

    Every member and layer has its own stream.
    """
    device = data.train.inputs.device
    streams = [
        [generator_of(device, seed, EVALUATION_NOISE, epoch, number) for seed, epoch in members]
        for number in range(len(layers))
    ]

    def draw(samples: int) -> list[Tensor]:
        return [
            torch.stack([torch.randn(samples, layer.units, generator=g, device=device) for g in own]).mul_(
                shape.system_noise
            )
            for layer, own in zip(layers, streams, strict=True)
        ]

    return draw
