"""CIFAR-100: 60,000 colour images, 32×32, 100 fine classes (Krizhevsky 2009). Binary version.

45,834 train, 4,166 validation, the official 10,000 test images.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from learning.data import Data
from learning.datasets.cifar_binary import COLOURS, SIDE, load_cifar
from learning.datasets.files import Source

SOURCE = Source(
    "cifar-100-binary.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    "md5:03b5dce01913d631647c71ecec9e9cb8",
)
FILES = (("train.bin",), "test.bin")


@dataclass(frozen=True, kw_only=True)
class Cifar100:
    """Read from <folder>/cifar100 (the archive, or cifar-100-binary), or downloaded there."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    task: ClassVar[Literal["classification"]] = "classification"
    training_samples: ClassVar[int] = 45_834  # of the official files, without the validation split
    validation_samples: ClassVar[int] = 4_166
    input_shape: ClassVar[tuple[int, ...]] = (SIDE, SIDE, COLOURS)
    outputs: ClassVar[int] = 100

    name: Literal["cifar100"] = "cifar100"

    def load(self, folder: Path, split_seed: int) -> Data:
        return load_cifar(self.name, SOURCE, "cifar-100-binary", FILES, 2, 100, folder / self.name, split_seed)
