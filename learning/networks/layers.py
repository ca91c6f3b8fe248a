"""One layer of a network: a linear map applied to rows, then an activation.

Dense and convolutional layers are the same thing here. A layer turns the activity before it, (K, batch, units),
into rows (K, batch·positions, inputs): for a dense layer one row a sample, for a convolution one row (an unfolded
patch) a position. The linear map is then one matrix (inputs, outputs) for all rows, and so is decorrelation.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import pad

from learning.activations import ACTIVATIONS, Activation


@dataclass(frozen=True)
class Patches:
    """How a convolution reads an image of (height, width, channels), channels last: square patches of side `kernel`."""

    channels: int
    height: int
    width: int
    kernel: int
    stride: int
    padding: int

    @property
    def out_height(self) -> int:
        return (self.height + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def out_width(self) -> int:
        return (self.width + 2 * self.padding - self.kernel) // self.stride + 1

    def unfold(self, activity: Tensor) -> Tensor:
        """(K, batch, height·width·channels) → (K, batch·positions, channels·kernel·kernel). Linear; copies once."""
        members, batch, _ = activity.shape
        image = activity.reshape(members, batch, self.height, self.width, self.channels)
        image = pad(image, (0, 0, self.padding, self.padding, self.padding, self.padding))
        windows = image.unfold(2, self.kernel, self.stride).unfold(3, self.kernel, self.stride)
        return windows.reshape(members, batch * self.out_height * self.out_width, -1)


@dataclass(frozen=True)
class Layer:
    """z = rows(x) · M + b, then the activation.

    inputs, outputs: sides of the weight matrix. positions: rows a sample (1 for a dense layer).
    units = positions · outputs is N_l of the equations: the pre-activations of the layer for one sample.
    """

    inputs: int
    outputs: int
    activation_name: str
    patches: Patches | None = None

    @property
    def positions(self) -> int:
        return 1 if self.patches is None else self.patches.out_height * self.patches.out_width

    @property
    def units(self) -> int:
        return self.positions * self.outputs

    @property
    def activation(self) -> Activation:
        return ACTIVATIONS[self.activation_name]

    def rows(self, activity: Tensor) -> Tensor:
        """(K, batch, units before) → (K, batch·positions, inputs). A view for a dense layer."""
        return activity if self.patches is None else self.patches.unfold(activity)
