"""MNIST: 70,000 grey images of handwritten digits, 28×28, 10 classes (LeCun, Cortes & Burges 1998). IDX files.

55,000 train, 5,000 validation, the official 10,000 test images.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from learning.data import Data
from learning.datasets.files import Source
from learning.datasets.idx import load_idx_images

PUBLISHED = "https://ossci-datasets.s3.amazonaws.com/mnist"


def _source(name: str, checksum: str) -> Source:
    return Source(name, f"{PUBLISHED}/{name}", f"md5:{checksum}")


SOURCES = (
    _source("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    _source("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
    _source("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
    _source("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
)


@dataclass(frozen=True, kw_only=True)
class Mnist:
    """Read from <folder>/mnist, or downloaded there."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    task: ClassVar[Literal["classification"]] = "classification"
    training_samples: ClassVar[int] = 55_000  # of the official files, without the validation split
    validation_samples: ClassVar[int] = 5_000
    input_shape: ClassVar[tuple[int, ...]] = (28, 28, 1)
    outputs: ClassVar[int] = 10

    name: Literal["mnist"] = "mnist"

    def load(self, folder: Path, split_seed: int) -> Data:
        return load_idx_images(self.name, SOURCES, folder / self.name, (), split_seed)
