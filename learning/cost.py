"""Multiply-adds of one member's training, counted before anything is trained (NODE_PERTURBATION.md §4).

A layer with n inputs, o outputs and `rows` = batch · positions costs rows · n · o a pass. Decorrelation adds, where x*
is formed for the whole batch, rows · n² and o · n² to merge D W; else o · n² twice, and forms x* only for the rows that
it learns from; and 2 · n² for each of those rows. Matrix products alone are counted: what is drawn, added and activated
is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from learning.datasets import DataSet
from learning.networks import Layer
from learning.passes import forms_inputs
from learning.probe import LayerProducts
from learning.shape import Shape


def step_multiply_adds(shape: Shape, layers: Sequence[Layer]) -> float:
    """Of one training step of one member, the mean over steps with and without an update of decorrelation.

    layers: `shape.network.layers(input_shape, outputs)`.
    """
    products = [_products(shape, layer, first=number == 0) for number, layer in enumerate(layers)]
    clean = sum(layer.forward for layer in products)
    prepared = sum(_prepared(shape, layer, first=number == 0) for number, layer in enumerate(layers))
    return clean + prepared + shape.rule.multiply_adds(products) + _decorrelating(shape, layers)


def epoch_multiply_adds(shape: Shape, data: DataSet) -> float:
    """Of one epoch of one member: its steps, and its evaluation on the validation split."""
    layers = shape.network.layers(data.input_shape, data.outputs)
    evaluated = sum(data.validation_samples * layer.positions * layer.inputs * layer.outputs for layer in layers)
    merged = sum(_merge(shape, layer) for layer in layers)
    return steps_of(shape, data) * step_multiply_adds(shape, layers) + evaluated + merged


def steps_of(shape: Shape, data: DataSet) -> int:
    """Training steps of one epoch."""
    return data.training_samples // shape.batch_size


def _products(shape: Shape, layer: Layer, first: bool) -> LayerProducts:
    forward = shape.batch_size * layer.positions * layer.inputs * layer.outputs
    merge = _merge(shape, layer)
    return LayerProducts(forward, forward + (0 if _forms(shape, layer, first) else merge), merge)


def _prepared(shape: Shape, layer: Layer, first: bool) -> int:
    """x* of the whole batch, where it is formed, and D W, where it is needed."""
    if not _forms(shape, layer, first):
        return _merge(shape, layer)
    formed = shape.batch_size * layer.positions * layer.inputs**2
    return formed + (0 if first else _merge(shape, layer))


def _decorrelating(shape: Shape, layers: Sequence[Layer]) -> float:
    if shape.decorrelation is None:
        return 0.0
    updated = 0
    for number, layer in enumerate(layers):
        rows = shape.decorrelation.samples(shape.batch_size) * layer.positions
        updated += (2 if _forms(shape, layer, number == 0) else 3) * rows * layer.inputs**2
    return updated / shape.decorrelation.interval


def _merge(shape: Shape, layer: Layer) -> int:
    return layer.inputs**2 * layer.outputs if shape.decorrelation else 0


def _forms(shape: Shape, layer: Layer, first: bool) -> bool:
    if shape.decorrelation is None:
        return False
    return forms_inputs(layer, shape.batch_size, shape.decorrelation.samples(shape.batch_size), first)
