"""Training: one visible loop over an epoch, for all members of a population at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from learning.data import Data
from learning.decorrelation import decorrelate
from learning.losses import LOSSES
from learning.networks import Layer
from learning.noise import data_order, noise_of_epoch
from learning.passes import CleanPass, LayerWeights, clean_pass, forms_inputs, layer_weights
from learning.probe import Probe
from learning.products import product
from learning.shape import Shape
from learning.stack import Stack, aligned_rows
from learning.weights import layer_views


class EpochSums(NamedTuple):
    """What an epoch measured, a member each. loss, correct: (K,), summed over its `samples`."""

    loss: Tensor
    correct: Tensor
    samples: int


@torch.no_grad()
def train_epoch(
    shape: Shape,
    layers: Sequence[Layer],
    data: Data,
    stack: Stack,
    members: Sequence[tuple[int, int]],
    rate: Tensor,
) -> EpochSums:
    """Train every member of `stack` one epoch, in place: batch → passes → rule → step → decorrelation.

    members: (seed, epoch) of each. rate: (K,), learning rates of this epoch. Samples that fill no batch are left out.
    Nothing in the loop waits for the device.
    """
    rule, loss = shape.rule, LOSSES[shape.loss]
    moments = {name: stack[name] for name in shape.optimiser.moments}
    loss_sum, correct = torch.zeros_like(rate), torch.zeros_like(rate)
    steps = len(data.train) // shape.batch_size
    noise = _noise(shape, layers, stack, members, steps)
    decorrelation_rates = _decorrelation_rates(shape, stack, members, steps)
    room = aligned_rows(stack.size, stack["parameters"][0], rate.device)
    for step, (inputs, targets) in enumerate(_batches(shape, data, members, steps)):
        weights = step_weights(shape, layers, stack)
        hidden = [epsilon.clone() for epsilon in next(noise)] if shape.system_noise else None
        with torch.set_grad_enabled(rule.records_graph):
            clean = clean_pass(layers, weights, inputs, hidden, differentiable=rule.records_graph)
        probe = Probe(layers, weights, clean, targets, loss, stack["noise_scale"], _draw(noise, hidden), room)
        gradient = rule.gradient(probe)
        shape.optimiser.step(stack["parameters"], gradient, moments, rate, stack["steps"].add_(1))
        if (own_rate := decorrelation_rates[step]) is not None:
            _decorrelate(shape, layers, clean, weights, own_rate)
        outputs = clean.preactivations[-1].detach()
        loss_sum += loss.value(outputs, targets).sum(1)
        if data.task == "classification":
            correct += (outputs.argmax(-1) == targets).sum(1)
    return EpochSums(loss_sum, correct, steps * shape.batch_size)


def step_weights(shape: Shape, layers: Sequence[Layer], stack: Stack) -> list[LayerWeights]:
    """The members' weights, ready for one training step."""
    prepared = []
    for number, (layer, (weight, bias)) in enumerate(
        zip(layers, layer_views(layers, stack["parameters"]), strict=True)
    ):
        if shape.decorrelation is None:
            prepared.append(layer_weights(weight, bias, None, False, number == 0, shape.precision))
        else:
            sampled = shape.decorrelation.samples(shape.batch_size)
            forms = forms_inputs(layer, shape.batch_size, sampled, first=number == 0)
            matrix = stack[f"decorrelation.{number}"]
            prepared.append(layer_weights(weight, bias, matrix, forms, number == 0, shape.precision))
    return prepared


def _batches(
    shape: Shape, data: Data, members: Sequence[tuple[int, int]], steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs (K, batch, features) and targets (K, batch, …), each member in its own order.

    The inputs are written into one buffer, valid until the next batch: fresh memory for them would cost a small network
    more than all its products.
    """
    samples, split = steps * shape.batch_size, data.train
    orders = torch.stack([data_order(seed, epoch, len(split))[:samples] for seed, epoch in members])
    by_step = orders.view(len(members), steps, -1).transpose(0, 1).contiguous().to(split.inputs.device)
    inputs = torch.empty((len(members), shape.batch_size, data.inputs), device=split.inputs.device)
    for which in by_step:
        stored = split.inputs.index_select(0, which.flatten())
        yield data.networks_input(stored, out=inputs), split.targets[which]


def _noise(
    shape: Shape, layers: Sequence[Layer], stack: Stack, members: Sequence[tuple[int, int]], steps: int
) -> Iterator[list[Tensor]]:
    """The epoch's noise. A noisy system makes its own: one draw more a step, for the pass that would be clean."""
    sizes = shape.rule.noise_sizes(layers, shape.batch_size)
    if not sizes:
        return iter(())
    count = steps * (shape.rule.draws + (1 if shape.system_noise else 0))
    scale = torch.full_like(stack["noise_scale"], shape.system_noise) if shape.system_noise else stack["noise_scale"]
    return noise_of_epoch(members, sizes, count, scale, shape.rule.noise_distribution)


def _draw(noise: Iterator[list[Tensor]], hidden: list[Tensor] | None) -> Callable[[], list[Tensor]]:
    """What a rule draws: its noise; or, in a noisy system, how the noise of a second pass differs from the first's."""
    if hidden is None:
        return lambda: next(noise)
    return lambda: [second - first for second, first in zip(next(noise), hidden, strict=True)]


def _decorrelation_rates(
    shape: Shape, stack: Stack, members: Sequence[tuple[int, int]], steps: int
) -> list[Tensor | None]:
    """α of every member, (K,), at each step of the epoch, 0 for those whose turn it is not; None where it is nobody's.

    Turns are counted from a member's first step, through all its epochs.
    """
    if shape.decorrelation is None:
        return [None] * steps
    taken = torch.tensor([epoch * steps for _, epoch in members]) + torch.arange(steps).unsqueeze(-1)
    turns = taken % shape.decorrelation.interval == 0  # (steps, K)
    rates = turns.to(stack["decorrelation_rate"].device) * stack["decorrelation_rate"]
    return [rate if anybodys else None for rate, anybodys in zip(rates, turns.any(1).tolist(), strict=True)]


def _decorrelate(
    shape: Shape, layers: Sequence[Layer], clean: CleanPass, weights: Sequence[LayerWeights], rate: Tensor
) -> None:
    """One update of every layer's D from the first samples of the batch (batches are in random order)."""
    if shape.decorrelation is None:
        return
    samples = shape.decorrelation.samples(shape.batch_size)
    for layer, x, formed, own in zip(layers, clean.rows, clean.decorrelated, weights, strict=True):
        if own.decorrelation is None:
            continue
        rows = samples * layer.positions
        sample = product(x[:, :rows].detach(), own.decorrelation) if formed is None else formed[:, :rows].detach()
        decorrelate(own.decorrelation, sample, rate, shape.decorrelation.whitening)
