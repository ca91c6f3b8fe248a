"""CIFAR-10: 60,000 colour images, 32×32, 10 classes (Krizhevsky 2009). Binary version.

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
    "cifar-10-binary.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "md5:c32a1d4ab5d03f1284b67883e8d87530",
)
FILES = (tuple(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")


@dataclass(frozen=True, kw_only=True)
class Cifar10:
    """Read from <folder>/cifar10 (the archive, or cifar-10-batches-bin), or downloaded there."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    task: ClassVar[Literal["classification"]] = "classification"
    training_samples: ClassVar[int] = 45_834  # of the official files, without the validation split
    validation_samples: ClassVar[int] = 4_166
    input_shape: ClassVar[tuple[int, ...]] = (SIDE, SIDE, COLOURS)
    outputs: ClassVar[int] = 10

    name: Literal["cifar10"] = "cifar10"

    def load(self, folder: Path, split_seed: int) -> Data:
        return load_cifar(self.name, SOURCE, "cifar-10-batches-bin", FILES, 1, 10, folder / self.name, split_seed)
