"""Training written a second time, from the equations alone: what learning/ is compared with.

Plain torch in float64, one member at a time: torch's unfold for convolutions, a perturbed pass minus a clean one,
autograd for gradients, torch's optimisers. Shared with learning/ are the layers' description and the random streams
(order of the data, noise), nothing that computes. Decorrelation is held as R, not as its transpose.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (as everybody calls it)

from learning import SGD, Backpropagation, Data, Hyperparameters, MemberState, Shape
from learning.networks import Layer
from learning.noise import data_order, noise_of_epoch

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "leaky_relu": F.leaky_relu,
    "relu": F.relu,
    "tanh": torch.tanh,
    "linear": lambda z: z,
    "step": lambda z: (z > 0).to(z.dtype),
    "sign": lambda z: torch.where(z > 0, 1.0, -1.0).to(z.dtype),
}


@dataclass
class Member:
    """One network. parameters: W (inputs, outputs) and b (outputs,), layer by layer. matrices: R of each layer."""

    layers: Sequence[Layer]
    parameters: list[Tensor]
    matrices: list[Tensor]


class Passed(NamedTuple):
    """One pass: decorrelated rows x* (batch, positions, inputs), pre-activations z (batch, units), loss (batch,)."""

    rows: list[Tensor]
    preactivations: list[Tensor]
    loss: Tensor


class Trained(NamedTuple):
    """What training leaves: the member, and the mean loss of its last epoch."""

    member: Member
    loss: float


def of_state(state: MemberState, layers: Sequence[Layer]) -> Member:
    """The member that was saved."""
    tensors = {name: tensor.double() for name, tensor in state.tensors.items()}
    numbers = range(len(layers))
    parameters = [tensors[f"layers.{number}.{part}"] for number in numbers for part in ("weight", "bias")]
    identities = [torch.eye(layer.inputs, dtype=torch.float64) for layer in layers]
    matrices = [tensors.get(f"decorrelation.{number}", identities[number]).T for number in numbers]
    return Member(layers, [p.clone().requires_grad_() for p in parameters], matrices)


def run(
    member: Member,
    x: Tensor,
    y: Tensor,
    loss: str,
    noise: Sequence[Tensor | None] | None = None,
    parameter_noise: Sequence[Tensor] | None = None,
) -> Passed:
    """A pass, with noise (batch, units) on pre-activations or with noise on the parameters. x: (batch, features)."""
    parameters = member.parameters
    if parameter_noise is not None:
        parameters = [p + omega for p, omega in zip(parameters, parameter_noise, strict=True)]
    rows, preactivations = [], []
    for number, layer in enumerate(member.layers):
        rows.append(_rows(x, layer) @ member.matrices[number].T)
        z = (rows[-1] @ parameters[2 * number] + parameters[2 * number + 1]).flatten(1)
        epsilon = None if noise is None else noise[number]
        preactivations.append(z if epsilon is None else z + epsilon)
        x = ACTIVATIONS[layer.activation_name](preactivations[-1])
    return Passed(rows, preactivations, _loss(x, y, loss))


def _rows(x: Tensor, layer: Layer) -> Tensor:
    if layer.patches is None:
        return x.unsqueeze(1)
    p = layer.patches
    image = x.reshape(-1, p.height, p.width, p.channels).permute(0, 3, 1, 2)
    return F.unfold(image, p.kernel, padding=p.padding, stride=p.stride).transpose(1, 2)


def _loss(outputs: Tensor, y: Tensor, loss: str) -> Tensor:
    if loss == "cross_entropy":
        return F.cross_entropy(outputs, y, reduction="none")
    wanted = y if y.is_floating_point() else F.one_hot(y, outputs.shape[1])
    return (outputs - wanted).square().sum(1)


Run = Callable[..., Passed]
"""`run` for this member and batch: only the noise is still to be given."""


def np_errors(again: Run, clean: Passed, noise: list[Tensor], sigma: float) -> list[Tensor]:
    change = again(noise).loss - clean.loss
    return [(change / sigma**2)[:, None] * epsilon for epsilon in noise]


def inp_errors(again: Run, clean: Passed, noise: list[Tensor], sigma: float) -> list[Tensor]:
    errors = []
    for number, epsilon in enumerate(noise):
        alone = [epsilon if other == number else None for other in range(len(noise))]
        change = again(alone).loss - clean.loss
        errors.append((epsilon.shape[1] * change / epsilon.square().sum(1))[:, None] * epsilon)
    return errors


def anp_errors(again: Run, clean: Passed, noise: list[Tensor], sigma: float) -> list[Tensor]:
    noisy = again(noise)
    changes = [after - before for after, before in zip(noisy.preactivations, clean.preactivations, strict=True)]
    everything = torch.cat(changes, 1)
    coefficient = everything.shape[1] * (noisy.loss - clean.loss) / everything.square().sum(1)
    return [coefficient[:, None] * change for change in changes]


def fg_errors(again: Run, clean: Passed, noise: list[Tensor], sigma: float) -> list[Tensor]:
    with torch.enable_grad():
        zeros = [torch.zeros_like(epsilon).requires_grad_() for epsilon in noise]
        slopes = torch.autograd.grad(again(zeros).loss.sum(), zeros)
    along = sum((slope * epsilon).sum(1) for slope, epsilon in zip(slopes, noise, strict=True))
    return [torch.as_tensor(along)[:, None] * epsilon for epsilon in noise]


ERRORS = {"np": np_errors, "inp": inp_errors, "anp": anp_errors, "fg": fg_errors}


def gradient(
    shape: Shape, member: Member, again: Run, clean: Passed, draws: Iterator[list[Tensor]], sigma: float
) -> list[Tensor]:
    """The rule's estimate for each parameter, averaged over passes and batch."""
    rule, estimates = shape.rule, []
    if isinstance(rule, Backpropagation):
        with torch.enable_grad():
            return list(torch.autograd.grad(again(None).loss.mean(), member.parameters))
    for _ in range(rule.noise_passes):
        drawn = next(draws)
        for sign in (1, -1) if rule.antithetic else (1,):
            noise = [sign * epsilon for epsilon in drawn]
            if rule.name == "wp":
                change = (again(None, noise).loss - clean.loss).mean()
                estimates.append([change / sigma**2 * omega for omega in noise])
            else:
                errors = ERRORS[rule.name](again, clean, noise, sigma)
                estimates.append(_correlated(member.layers, clean.rows, errors))
    return [torch.stack(parts).mean(0) for parts in zip(*estimates, strict=True)]


def _correlated(layers: Sequence[Layer], rows: Sequence[Tensor], errors: Sequence[Tensor]) -> list[Tensor]:
    """⟨x*ᵀ e⟩ and ⟨e⟩, W's and b's gradients, layer by layer."""
    gradients = []
    for layer, star, error in zip(layers, rows, errors, strict=True):
        e = error.reshape(-1, layer.positions, layer.outputs)
        gradients += [torch.einsum("bpi,bpo->io", star, e) / len(e), e.sum((0, 1)) / len(e)]
    return gradients


def decorrelated(matrix: Tensor, star: Tensor, rate: float, whitening: float) -> Tensor:
    """R − α ((1 − κ) (⟨x* x*ᵀ⟩ − diag v) + κ (diag v − I)) R. star: (samples, positions, inputs)."""
    columns = star.flatten(0, 1).T
    covariance = columns @ columns.T / columns.shape[1]
    variances = torch.diag(covariance.diagonal())
    identity = torch.eye(len(matrix), dtype=matrix.dtype)
    return matrix - rate * ((1 - whitening) * (covariance - variances) + whitening * (variances - identity)) @ matrix


@torch.no_grad()
def train(
    shape: Shape, data: Data, state: MemberState, numbers: Hyperparameters, seed: int, first_epoch: int, epochs: int
) -> Trained:
    """A fresh member (its optimiser has taken no step) trained from `first_epoch` on."""
    member = of_state(state, shape.network.layers(data.input_shape, data.outputs))
    optimiser = _optimiser(shape, member, numbers.learning_rate)
    steps, sigma = len(data.train) // shape.batch_size, shape.system_noise or numbers.noise_scale or 1.0
    for epoch in range(first_epoch, first_epoch + epochs):
        losses = []
        optimiser.param_groups[0]["lr"] = numbers.learning_rate * shape.optimiser.decay**epoch
        draws = _draws(shape, member.layers, seed, epoch, steps, sigma)
        batches = torch.split(data_order(seed, epoch, len(data.train)), shape.batch_size)
        for step, which in enumerate(batches[:steps]):
            x, y = data.train.inputs[which].double() * data.scale, data.train.targets[which]
            again = _runs(member, x, y.double() if y.is_floating_point() else y, shape.loss)
            clean = again(next(draws) if shape.system_noise else None)
            for p, g in zip(member.parameters, gradient(shape, member, again, clean, draws, sigma), strict=True):
                p.grad = g
            optimiser.step()
            losses.append(clean.loss.mean().item())
            if shape.decorrelation and (epoch * steps + step) % shape.decorrelation.interval == 0:
                samples = math.ceil(shape.decorrelation.batch_fraction * shape.batch_size)
                member.matrices = [
                    decorrelated(matrix, star[:samples], numbers.decorrelation_rate or 0, shape.decorrelation.whitening)
                    for matrix, star in zip(member.matrices, clean.rows, strict=True)
                ]
    return Trained(member, sum(losses) / steps)


def _runs(member: Member, x: Tensor, y: Tensor, loss: str) -> Run:
    return lambda *noise: run(member, x, y, loss, *noise)


def _draws(
    shape: Shape, layers: Sequence[Layer], seed: int, epoch: int, steps: int, sigma: float
) -> Iterator[list[Tensor]]:
    """The noise of one epoch in float64. A noisy system draws once more a step, for the pass that would be clean."""
    sizes = shape.rule.noise_sizes(layers, shape.batch_size)
    if sizes:
        count = steps * (shape.rule.draws + (shape.system_noise > 0))
        scale, distribution = torch.tensor([sigma]), shape.rule.noise_distribution
        for drawn in noise_of_epoch([(seed, epoch)], sizes, count, scale, distribution):
            yield [epsilon[0].double() for epsilon in drawn]


def _optimiser(shape: Shape, member: Member, rate: float) -> torch.optim.Optimizer:
    own = shape.optimiser
    if isinstance(own, SGD):
        return torch.optim.SGD(member.parameters, rate, momentum=own.momentum)
    return torch.optim.Adam(member.parameters, rate, betas=(own.beta1, own.beta2), eps=own.epsilon)
