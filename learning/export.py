"""A member as a plain torch network: what anybody can load who has torch and not npsweep's training code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from learning.activations import ACTIVATIONS
from learning.networks import Layer

Description = list[dict[str, Any]]


class Image(nn.Module):
    """(samples, height·width·channels), as data are stored → (samples, channels, height, width), as torch convolves."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        super().__init__()
        self.shape = (height, width, channels)

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.reshape(-1, *self.shape).permute(0, 3, 1, 2)


class Flat(nn.Module):
    """(samples, channels, height, width) → (samples, height·width·channels), as dense layers read it here."""

    def forward(self, image: Tensor) -> Tensor:
        return image.permute(0, 2, 3, 1).flatten(1)


def describe(layers: Sequence[Layer]) -> Description:
    """The modules of the plain network in order, as JSON-able values: `build` makes it from them."""
    modules: Description = []
    for number, layer in enumerate(layers):
        before = layers[number - 1].patches if number else None
        if before is None and layer.patches is not None:
            p = layer.patches
            modules.append({"module": "image", "height": p.height, "width": p.width, "channels": p.channels})
        if before is not None and layer.patches is None:
            modules.append({"module": "flat"})
        modules.append(_describe_map(layer))
        if layer.activation_name != "linear":
            modules.append({"module": layer.activation_name})
    return modules


def _describe_map(layer: Layer) -> dict[str, Any]:
    if layer.patches is None:
        return {"module": "dense", "inputs": layer.inputs, "outputs": layer.outputs}
    p = layer.patches
    sides = {"kernel": p.kernel, "stride": p.stride, "padding": p.padding}
    return {"module": "conv", "inputs": p.channels, "outputs": layer.outputs} | sides


def build(description: Description) -> nn.Sequential:
    """The plain network that `describe` tells of, with weights yet to be loaded (`load_state_dict`).

    It reads inputs (samples, features) as `Data.networks_input` gives them and returns (samples, outputs).
    """
    return nn.Sequential(*[_module(dict(entry)) for entry in description])


def _module(entry: dict[str, Any]) -> nn.Module:
    kind = entry.pop("module")
    if kind in _MODULES:
        return _MODULES[kind](**entry)
    if kind not in ACTIVATIONS:
        known = ", ".join([*_MODULES, *ACTIVATIONS])
        raise ValueError(f"module = {kind!r}: is not a known module; choose one of {known}")
    return ACTIVATIONS[kind].module()


def _dense(inputs: int, outputs: int) -> nn.Module:
    return nn.Linear(inputs, outputs)


def _conv(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> nn.Module:
    return nn.Conv2d(inputs, outputs, kernel, stride, padding)


_MODULES: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {"dense": _dense, "conv": _conv, "image": Image, "flat": Flat}
)


def plain_network(layers: Sequence[Layer], merged: Sequence[tuple[Tensor, Tensor]]) -> nn.Sequential:
    """The plain network of one member. merged: D W (inputs, outputs) and bias (outputs,) of each layer."""
    network = build(describe(layers))
    maps = [module for module in network if isinstance(module, nn.Linear | nn.Conv2d)]
    for module, (weight, bias) in zip(maps, merged, strict=True):
        module.weight.data.copy_(weight.T.reshape(module.weight.shape))
        bias_of(module).data.copy_(bias)
    return network.requires_grad_(False)


def bias_of(module: nn.Linear | nn.Conv2d) -> Tensor:
    """The module's bias, which every layer here has."""
    if module.bias is None:
        raise ValueError(f"{module}: must have a bias; build it from a description")
    return module.bias
