"""Fully connected networks of any depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from learning.activations import ActivationName
from learning.networks.layers import Layer
from learning.validation import counts, require_one_of


@dataclass(frozen=True, kw_only=True)
class Dense:
    """inputs → hidden[0] → … → outputs; every hidden layer has the activation, the last layer is linear.

    hidden: units of each hidden layer; () is a linear model. activation: leaky_relu, relu, tanh, linear, step or sign;
    the last two have no derivative, and learn with a noise scale of about 0.1 or more.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    kind: Literal["dense"] = "dense"
    hidden: tuple[int, ...] = (64, 64)
    activation: ActivationName = "leaky_relu"

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", counts("hidden", self.hidden))
        require_one_of("activation", self.activation, get_args(ActivationName))

    def layers(self, input_shape: tuple[int, ...], outputs: int) -> tuple[Layer, ...]:
        """The layers for samples of `input_shape` (flattened) and `outputs` output units."""
        inputs = 1
        for side in input_shape:
            inputs *= side
        sizes = (inputs, *self.hidden, outputs)
        names = (self.activation,) * len(self.hidden) + ("linear",)
        return tuple(Layer(n, o, name) for n, o, name in zip(sizes[:-1], sizes[1:], names, strict=True))
