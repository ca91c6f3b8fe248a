"""Data in memory: three splits resident on one device, as the population reads them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

Task = Literal["classification", "regression"]
SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Split:
    """inputs: (samples, features), uint8 pixels or float32. targets: (samples,) int64 classes or (samples, outputs)."""

    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        for field, values in (("inputs", self.inputs), ("targets", self.targets)):
            if not isinstance(values, Tensor):
                raise ValueError(f"{field} is of class {type(values).__name__}: must be a tensor; use torch.as_tensor")
        inputs, targets = _described(self.inputs), _described(self.targets)
        if self.inputs.ndim != 2:
            raise ValueError(f"inputs are {inputs}: must be (samples, features); use inputs.flatten(1)")
        if self.inputs.dtype not in (torch.uint8, torch.float32):
            raise ValueError(f"inputs are {inputs}: must be float32, or uint8 pixels; use inputs.float()")
        if len(self.targets) != len(self.inputs):
            raise ValueError(f"targets are {targets} and inputs {inputs}: must be as many; give one target a sample")

    def __repr__(self) -> str:
        return f"Split(inputs: {_described(self.inputs)}, targets: {_described(self.targets)})"

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

    def __post_init__(self) -> None:
        if self.task not in get_args(Task):
            raise ValueError(f"task = {self.task!r}: is not a known name; choose one of {', '.join(get_args(Task))}")
        for name in get_args(SplitName):
            self._check(name, self.split(name))

    def _check(self, name: str, split: Split) -> None:
        features, targets = math.prod(self.input_shape), split.targets
        if not len(split):
            raise ValueError(f"{name} has 0 samples: must have at least one; give it some of another split's")
        if split.inputs.shape[1] != features:
            raise ValueError(
                f"{name}.inputs are {_described(split.inputs)}: must have the {features} features of input_shape = "
                f"{self.input_shape}; correct one of the two"
            )
        found = f"{name}.targets are {_described(targets)}"
        if self.task == "classification":
            if targets.ndim != 1 or targets.dtype != torch.int64:
                raise ValueError(f"{found}: must be (samples,) int64 classes; use targets.long()")
            if not 0 <= int(targets.min()) <= int(targets.max()) < self.outputs:
                raise ValueError(
                    f"{found} up to {int(targets.max())}: must be classes from 0 to outputs - 1; "
                    f"outputs = {self.outputs} is too few"
                )
        elif tuple(targets.shape[1:]) != (self.outputs,) or targets.dtype != torch.float32:
            raise ValueError(
                f"{found}: must be (samples, {self.outputs}) float32; for one output use targets.float()[:, None]"
            )

    @property
    def device(self) -> torch.device:
        """Where the splits are."""
        return self.train.inputs.device

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


def _described(values: Tensor) -> str:
    return f"{tuple(values.shape)} {str(values.dtype).removeprefix('torch.')}"


def hold_out(samples: int, held: int, seed: int) -> tuple[Tensor, Tensor]:
    """Numbers of the samples (kept, held out), drawn without replacement from `seed` alone."""
    order = torch.randperm(samples, generator=torch.Generator().manual_seed(seed))
    return order[held:], order[:held]
