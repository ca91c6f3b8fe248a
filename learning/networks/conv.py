"""Convolutional networks: a convolution is the linear map of a dense layer, applied to every unfolded patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from learning.activations import ActivationName
from learning.networks.dense import Dense
from learning.networks.layers import Layer, Patches
from learning.validation import counts, require, require_count, require_one_of, set_numbers


@dataclass(frozen=True, kw_only=True)
class Conv:
    """image → channels[0] → … → hidden[0] → … → outputs; resolution falls by the stride, there is no other pooling.

    channels: output channels of each convolution, at least one. kernel, stride: side and step of the square patches.
    padding: zeros added on each side; None is kernel // 2. hidden: units of the dense layers after them. Every layer
    but the last has the activation: leaky_relu, relu, tanh, linear, step or sign.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    kind: Literal["conv"] = "conv"
    channels: tuple[int, ...] = (16, 32)
    kernel: int = 3
    stride: int = 2
    padding: int | None = None
    hidden: tuple[int, ...] = (64,)
    activation: ActivationName = "leaky_relu"

    def __post_init__(self) -> None:
        for field in ("channels", "hidden"):
            object.__setattr__(self, field, counts(field, getattr(self, field)))
        require(len(self.channels) > 0, "channels", self.channels, "must have at least one entry", "write (16, 32)")
        require_count("kernel", self.kernel)
        require_count("stride", self.stride)
        set_numbers(self, int, "kernel", "stride")
        if self.padding is not None:
            require_count("padding", self.padding, least=0)
            set_numbers(self, int, "padding")
        require_one_of("activation", self.activation, get_args(ActivationName))

    def layers(self, input_shape: tuple[int, ...], outputs: int) -> tuple[Layer, ...]:
        """The layers for images of `input_shape` (height, width, channels); ValueError for other inputs."""
        images = f"needs images, inputs are {input_shape}"
        require(len(input_shape) == 3, "network", self.kind, images, "use a dense network")
        height, width, depth = input_shape
        layers: list[Layer] = []
        for channels in self.channels:
            patches = self._patches(height, width, depth)
            fits = min(patches.out_height, patches.out_width) > 0
            require(fits, "kernel", self.kernel, f"is larger than an image of {height}×{width}", "use a smaller one")
            layers.append(Layer(depth * self.kernel**2, channels, self.activation, patches))
            height, width, depth = patches.out_height, patches.out_width, channels
        dense = Dense(hidden=self.hidden, activation=self.activation)
        return (*layers, *dense.layers((height, width, depth), outputs))

    def _patches(self, height: int, width: int, channels: int) -> Patches:
        padding = self.kernel // 2 if self.padding is None else self.padding
        return Patches(channels, height, width, self.kernel, self.stride, padding)
