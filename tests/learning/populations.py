"""Small populations and data for the tests of learning/: everything seeded, nothing read from disk."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import torch

from learning import (
    Conv,
    Data,
    Decorrelation,
    Dense,
    History,
    Hyperparameters,
    Population,
    Rule,
    Shape,
    Split,
    TrainReport,
)

torch.set_num_threads(1)  # tensors here are too small to share between threads

RULES = tuple(rule() for rule in get_args(Rule))
DECORRELATIONS = (None, Decorrelation(batch_fraction=0.5), Decorrelation(interval=2, whitening=0.3))
NETWORKS = (Dense(hidden=(8,)), Conv(channels=(4,), hidden=(6,), activation="tanh"))
NUMBERS = Hyperparameters(learning_rate=1e-2, noise_scale=1e-2, decorrelation_rate=1e-2)


def blobs(samples: int = 120, side: int = 4, classes: int = 3, seed: int = 0) -> Data:
    """Images side × side × 1 around one centre a class: easy to learn, with correlated pixels."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, side * side, generator=generator)
    labels = torch.arange(samples) % classes
    mixing = torch.randn(side * side, side * side, generator=generator) / side
    inputs = centres[labels] + 0.5 * torch.randn(samples, side * side, generator=generator) @ mixing
    split = Split(inputs, labels)
    train, validation, test = (split.take(torch.arange(samples).chunk(3)[part]) for part in range(3))
    return Data("blobs", "classification", (side, side, 1), classes, train, validation, test)


def small_shape(rule: Rule, decorrelation: Decorrelation | None = None, **others: object) -> Shape:
    """A two-layer network on batches of 10."""
    settings = {"network": Dense(hidden=(8,)), "batch_size": 10} | others
    return Shape(rule=rule, decorrelation=decorrelation, **settings)  # type: ignore[arg-type]


def numbers_for(shape: Shape, **others: float) -> Hyperparameters:
    """`NUMBERS`, those that the shape reads, with others put in."""
    unread = dict.fromkeys({"learning_rate", "noise_scale", "decorrelation_rate"} - shape.hyperparameters)
    return replace(NUMBERS, **(others | unread))  # type: ignore[arg-type]


def trained(shape: Shape, seeds: tuple[int, ...], epochs: int, data: Data | None = None) -> Population:
    """A population with one member a seed (the seed is its key), trained."""
    population = Population(shape, data or blobs())
    for seed in seeds:
        population.add(seed, numbers_for(shape), seed)
    for _ in range(epochs):
        population.train_epoch()
    return population


def history(metric: str, *values: float, diverged_from: int | None = None) -> History:
    """A history of one metric from epoch 1 on; diverged_from: the first epoch that has diverged."""
    reports = [
        TrainReport(epoch, {metric: value}, diverged_from is not None and epoch >= diverged_from)
        for epoch, value in enumerate(values, 1)
    ]
    return History(tuple(reports))
