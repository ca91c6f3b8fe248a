"""Fashion-MNIST: 70,000 grey images of clothing, 28×28, 10 classes (Xiao, Rasul & Vollgraf 2017). IDX files.

55,000 train, 5,000 validation, the official 10,000 test images. Debian packages it as dataset-fashion-mnist.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from learning.data import Data
from learning.datasets.files import Source
from learning.datasets.idx import load_idx_images

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
PUBLISHED = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"


def _source(name: str, checksum: str) -> Source:
    return Source(name, f"{PUBLISHED}/{name}", f"md5:{checksum}")


SOURCES = (
    _source("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    _source("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
    _source("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
    _source("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
)


@dataclass(frozen=True, kw_only=True)
class FashionMnist:
    """Read from <folder>/fashion-mnist, from Debian's package, or downloaded to the former."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    task: ClassVar[Literal["classification"]] = "classification"
    training_samples: ClassVar[int] = 55_000  # of the official files, without the validation split
    validation_samples: ClassVar[int] = 5_000
    input_shape: ClassVar[tuple[int, ...]] = (28, 28, 1)
    outputs: ClassVar[int] = 10

    name: Literal["fashion-mnist"] = "fashion-mnist"

    def load(self, folder: Path, split_seed: int) -> Data:
        return load_idx_images(self.name, SOURCES, folder / self.name, (DEBIAN,), split_seed)
