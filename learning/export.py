"""A member as a plain torch network: what anybody can load who has torch and not npsweep's training code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from learning.activations import ACTIVATIONS
from learning.networks import Layer

Description = list[dict[str, Any]]


def describe(layers: Sequence[Layer]) -> Description:
    """The modules of the plain network in order, as JSON-able values: `build` makes it from them."""
    modules: Description = []
    for layer in layers:
        modules.append({"module": "linear", "inputs": layer.inputs, "outputs": layer.outputs})
        if layer.activation_name != "linear":
            modules.append({"module": layer.activation_name})
    return modules


def build(description: Description) -> nn.Sequential:
    """The plain network that `describe` tells of, with weights yet to be loaded (`load_state_dict`).

    It reads inputs (samples, features) as `Data.networks_input` gives them and returns (samples, outputs).
    """
    return nn.Sequential(*[_module(dict(entry)) for entry in description])


def _module(entry: dict[str, Any]) -> nn.Module:
    kind = entry.pop("module")
    if kind in ACTIVATIONS:
        return ACTIVATIONS[kind].module()
    if kind not in _MODULES:
        raise ValueError(f"module = {kind!r}: is not a known module; choose one of {', '.join(_MODULES)}")
    return _MODULES[kind](**entry)


def _linear(inputs: int, outputs: int) -> nn.Module:
    return nn.Linear(inputs, outputs)


_MODULES: Mapping[str, Callable[..., nn.Module]] = MappingProxyType({"linear": _linear})


def plain_network(layers: Sequence[Layer], merged: Sequence[tuple[Tensor, Tensor]]) -> nn.Sequential:
    """The plain network of one member. merged: D W (inputs, outputs) and bias (outputs,) of each layer."""
    network = build(describe(layers))
    linear = [module for module in network if isinstance(module, nn.Linear)]
    for module, (weight, bias) in zip(linear, merged, strict=True):
        module.weight.data.copy_(weight.T)
        module.bias.data.copy_(bias)
    return network.requires_grad_(False)
