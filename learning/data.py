"""Data in memory: three splits resident on one device, as the population reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

Task = Literal["classification", "regression"]
SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Split:
    """inputs: (samples, features), uint8 pixels or float32. targets: (samples,) int64 classes or (samples, outputs)."""

    inputs: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return self.inputs.shape[0]

    def to(self, device: torch.device) -> Split:
        """The same split on `device`."""
        return Split(self.inputs.to(device), self.targets.to(device))

    def take(self, which: Tensor) -> Split:
        """The samples numbered `which`."""
        return Split(self.inputs[which], self.targets[which])


@dataclass(frozen=True)
class Data:
    """One data set, split and on a device.

    input_shape: (features,) or (height, width, channels); samples are stored flat, channels last.
    outputs: classes, or target dimensions. scale: what stored inputs are multiplied with on use (1/255 for uint8
    pixels, so that networks see [0, 1]).
    """

    name: str
    task: Task
    input_shape: tuple[int, ...]
    outputs: int
    train: Split
    validation: Split
    test: Split
    scale: float = 1.0

    @property
    def inputs(self) -> int:
        """Features of one sample."""
        return self.train.inputs.shape[1]

    def split(self, name: SplitName) -> Split:
        """The split of this name; ValueError for another."""
        splits = {"train": self.train, "validation": self.validation, "test": self.test}
        if name not in splits:
            raise ValueError(f"split = {name!r}: is not a known name; choose one of train, validation, test")
        return splits[name]

    def to(self, device: torch.device) -> Data:
        """The same data on `device`."""
        return replace(
            self, train=self.train.to(device), validation=self.validation.to(device), test=self.test.to(device)
        )

    def networks_input(self, stored: Tensor, out: Tensor | None = None) -> Tensor:
        """Stored inputs as networks see them: float32, scaled. out: where to write them, of as many elements."""
        if out is None:
            out = torch.empty(stored.shape, device=stored.device)
        return out.copy_(stored.view_as(out)).mul_(self.scale)


def hold_out(samples: int, held: int, seed: int) -> tuple[Tensor, Tensor]:
    """Numbers of the samples (kept, held out), drawn without replacement from `seed` alone."""
    order = torch.randperm(samples, generator=torch.Generator().manual_seed(seed))
    return order[held:], order[:held]
