"""The exact difference pass, in float32, against float64; convolutions against the same linear map."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import conv2d

from learning import Conv, Dense, Network
from learning.activations import ACTIVATIONS, ActivationName
from learning.losses import LOSSES
from learning.networks import Layer
from learning.networks.layers import Patches
from learning.passes import clean_pass, difference_pass, forms_inputs, layer_weights
from learning.weights import initial_parameters, layer_views
from tests.learning.probes import Decorrelated, random_matrix

SCALES = [10.0**-power for power in range(1, 9)]
SMOOTH = ["leaky_relu", "relu", "tanh", "linear"]


def loss_difference(
    network: Network,
    scale: float,
    dtype: torch.dtype,
    loss: str,
    subtract: bool = False,
    decorrelation: Decorrelated = "none",
) -> torch.Tensor:
    """δℒ of one fixed problem, by the difference pass or by two passes subtracted: (1, batch)."""
    generator = torch.Generator().manual_seed(1)
    layers = network.layers((6, 6, 1), 5)
    parameters = initial_parameters(layers, 3).to(dtype).unsqueeze(0)
    weights = []
    for number, (layer, (w, b)) in enumerate(zip(layers, layer_views(layers, parameters), strict=True)):
        matrix = random_matrix(layer.inputs, torch.Generator().manual_seed(number)).unsqueeze(0).to(dtype)
        own = None if decorrelation == "none" else matrix
        weights.append(layer_weights(w, b, own, decorrelation == "formed", number == 0))
    inputs = torch.randn(1, 64, 36, generator=generator).to(dtype)
    targets = torch.randint(5, (1, 64), generator=generator)
    if loss == "squared_error":
        targets = torch.nn.functional.one_hot(targets, 5).to(dtype)
    noise = [(scale * torch.randn(1, 64, layer.units, generator=generator)).to(dtype) for layer in layers]
    clean = clean_pass(layers, weights, inputs)
    if subtract:
        noisy = clean_pass(layers, weights, inputs, noise)
        return LOSSES[loss].value(noisy.preactivations[-1], targets) - LOSSES[loss].value(
            clean.preactivations[-1], targets
        )
    change = difference_pass(layers, weights, clean, noise)[-1]
    assert change is not None
    return LOSSES[loss].difference(clean.preactivations[-1], change, targets)


def relative_error(
    network: Network, scale: float, loss: str, subtract: bool, decorrelation: Decorrelated = "none"
) -> float:
    exact = loss_difference(network, scale, torch.float64, loss, decorrelation=decorrelation)
    found = loss_difference(network, scale, torch.float32, loss, subtract, decorrelation)
    return float((found - exact).norm() / exact.norm())


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("activation", SMOOTH)
def test_the_loss_difference_is_exact_at_any_noise_scale(activation: ActivationName, loss: str, scale: float) -> None:
    assert relative_error(Dense(hidden=(32, 32), activation=activation), scale, loss, subtract=False) < 1e-4


@pytest.mark.parametrize("scale", SCALES)
def test_the_loss_difference_of_a_convolution_is_exact_at_any_noise_scale(scale: float) -> None:
    assert relative_error(Conv(channels=(4, 8), hidden=(8,)), scale, "cross_entropy", subtract=False) < 1e-4


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("decorrelation", ["formed", "merged"])
@pytest.mark.parametrize("network", [Dense(hidden=(32, 32)), Conv(channels=(4, 8), hidden=(8,), activation="tanh")])
def test_the_loss_difference_with_decorrelation_is_exact_at_any_noise_scale(
    network: Network, decorrelation: Decorrelated, scale: float
) -> None:
    assert relative_error(network, scale, "cross_entropy", subtract=False, decorrelation=decorrelation) < 1e-4


def test_subtracting_two_passes_loses_a_small_signal_which_the_difference_keeps() -> None:
    assert relative_error(Dense(hidden=(32, 32)), 1e-6, "cross_entropy", subtract=True) > 0.05


@pytest.mark.parametrize("activation", get_args(ActivationName))
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_the_difference_pass_is_two_passes_subtracted(activation: ActivationName, loss: str) -> None:
    network = Dense(hidden=(32, 32), activation=activation)
    direct = loss_difference(network, 0.3, torch.float64, loss, subtract=True)
    torch.testing.assert_close(loss_difference(network, 0.3, torch.float64, loss), direct, rtol=1e-9, atol=1e-9)


values = st.floats(-20, 20, width=32)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(get_args(ActivationName)), z=values, d=values)
def test_an_activations_difference_is_its_difference(name: str, z: float, d: float) -> None:
    activation = ACTIVATIONS[name]
    z_, d_ = torch.tensor(z, dtype=torch.float64), torch.tensor(d, dtype=torch.float64)
    expected = activation.value(z_ + d_) - activation.value(z_)
    torch.testing.assert_close(activation.difference(z_, d_), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_an_activations_derivative_is_the_limit_of_its_difference(name: str) -> None:
    activation = ACTIVATIONS[name]
    z = torch.linspace(-3, 3, 50, dtype=torch.float64)
    assert activation.derivative is not None
    quotient = activation.difference(z, torch.full_like(z, 1e-9)) / 1e-9
    torch.testing.assert_close(quotient, activation.derivative(z).to(z.dtype), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", get_args(ActivationName))
def test_the_gain_keeps_the_size_of_activities(name: str) -> None:
    normal = torch.randn(200_000, generator=torch.Generator().manual_seed(0))
    size = ACTIVATIONS[name].value(normal).square().mean().sqrt() * ACTIVATIONS[name].gain
    assert size.item() == pytest.approx(1, abs=0.02)


images = {"kernel": st.integers(1, 4), "stride": st.integers(1, 3), "padding": st.integers(0, 2)}


@settings(max_examples=60, deadline=None)
@given(members=st.integers(1, 3), batch=st.integers(1, 4), side=st.integers(4, 7), depth=st.integers(1, 3), **images)
def test_a_convolution_is_the_same_linear_map_on_unfolded_patches(
    members: int, batch: int, side: int, depth: int, kernel: int, stride: int, padding: int
) -> None:
    patches = Patches(depth, side, side + 1, kernel, stride, padding)
    layer = Layer(depth * kernel**2, 5, "linear", patches)
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(members, layer.inputs, 5, generator=generator)
    image = torch.randn(members, batch, side, side + 1, depth, generator=generator)
    ours = torch.bmm(layer.rows(image.flatten(2)), weight).view(members, batch, layer.units)
    for k in range(members):
        kernels = weight[k].T.reshape(5, depth, kernel, kernel)
        theirs = conv2d(image[k].permute(0, 3, 1, 2), kernels, stride=stride, padding=padding)
        torch.testing.assert_close(ours[k], theirs.permute(0, 2, 3, 1).flatten(1), rtol=1e-4, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(batch=st.integers(1, 40), hidden=st.lists(st.integers(1, 40), max_size=3), members=st.integers(1, 3))
def test_both_ways_of_decorrelating_give_the_same_pass(batch: int, hidden: list[int], members: int) -> None:
    generator = torch.Generator().manual_seed(0)
    layers = Dense(hidden=tuple(hidden), activation="tanh").layers((7,), 4)
    parameters = initial_parameters(layers, 1).expand(members, -1).contiguous()
    inputs = torch.randn(members, batch, 7, generator=generator)
    noise = [0.1 * torch.randn(members, batch, layer.units, generator=generator) for layer in layers]
    matrices = [torch.randn(members, n.inputs, n.inputs, generator=generator) * 0.3 for n in layers]
    outputs, changes = [], []
    for forms in (False, True):
        weights = [
            layer_weights(w, b, matrix, forms, number == 0)
            for number, ((w, b), matrix) in enumerate(zip(layer_views(layers, parameters), matrices, strict=True))
        ]
        clean = clean_pass(layers, weights, inputs)
        outputs.append(clean.preactivations[-1])
        changes.append(difference_pass(layers, weights, clean, noise)[-1])
    torch.testing.assert_close(outputs[0], outputs[1], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(changes[0], changes[1], rtol=1e-4, atol=1e-5)


def test_inputs_are_formed_only_where_that_is_cheaper() -> None:
    assert not forms_inputs(Layer(784, 64, "relu"), batch=500, sampled=50, first=True)
    assert forms_inputs(Layer(784, 1024, "relu"), batch=1000, sampled=100, first=True)
    assert not forms_inputs(Layer(1024, 10, "linear"), batch=1000, sampled=100, first=False)


def test_the_cross_entropy_difference_survives_changes_of_any_size() -> None:
    outputs = torch.tensor([[[30.0, 0.0, -30.0]]])
    change = torch.tensor([[[-200.0, 200.0, 0.0]]])
    for target in range(3):
        targets = torch.tensor([[target]])
        before, after = (LOSSES["cross_entropy"].value(z, targets) for z in (outputs, outputs + change))
        torch.testing.assert_close(LOSSES["cross_entropy"].difference(outputs, change, targets), after - before)
