"""Tiny ImageNet: 110,000 colour images, 64×64, 200 classes (Stanford CS231n). Its zip is read without unpacking.

95,000 train, 5,000 validation; the official validation images, 10,000, are the test split, since the labels of the
official test images were never published. Pixels take 1.3 GB as bytes. JPEG is decoded by Pillow.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from learning.data import Data, Split
from learning.datasets.files import DataMissingError, Source, locate, readable
from learning.datasets.images import image_data

SOURCE = Source(
    "tiny-imagenet-200.zip",
    "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    "md5:90528d7ca1a48142e341f4ef8d21d0de",
)
ROOT, SIDE, COLOURS = "tiny-imagenet-200", 64, 3


@dataclass(frozen=True, kw_only=True)
class TinyImageNet:
    """Read from <folder>/tiny-imagenet/tiny-imagenet-200.zip, or downloaded there."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    task: ClassVar[Literal["classification"]] = "classification"
    training_samples: ClassVar[int] = 95_000  # of the official files, without the validation split
    validation_samples: ClassVar[int] = 5_000
    input_shape: ClassVar[tuple[int, ...]] = (SIDE, SIDE, COLOURS)
    outputs: ClassVar[int] = 200

    name: Literal["tiny-imagenet"] = "tiny-imagenet"

    def load(self, folder: Path, split_seed: int) -> Data:
        path = locate(SOURCE, folder / self.name)
        with readable(path, SOURCE), zipfile.ZipFile(path) as archive:
            classes = _lines(archive, "wnids.txt")
            number = {name: place for place, name in enumerate(classes)}
            whole = _read(archive, _train_entries(archive, number))
            test = _read(archive, _test_entries(archive, number))
        return image_data(self.name, whole, test, (SIDE, SIDE, COLOURS), len(classes), split_seed)


def _lines(archive: zipfile.ZipFile, name: str) -> list[str]:
    try:
        return archive.read(f"{ROOT}/{name}").decode().splitlines()
    except KeyError as error:
        raise DataMissingError(
            f"{SOURCE.name} holds no {name}. Put the official zip there ({SOURCE.checksum})."
        ) from error


def _train_entries(archive: zipfile.ZipFile, number: dict[str, int]) -> list[tuple[str, int]]:
    """Paths tiny-imagenet-200/train/<class>/images/<image>.JPEG with their class numbers."""
    paths = [path for path in archive.namelist() if path.startswith(f"{ROOT}/train/") and path.endswith(".JPEG")]
    return [(path, number[path.split("/")[2]]) for path in paths]


def _test_entries(archive: zipfile.ZipFile, number: dict[str, int]) -> list[tuple[str, int]]:
    """Paths of the validation images; val_annotations.txt has image, class and box in columns."""
    rows = [line.split("\t") for line in _lines(archive, "val/val_annotations.txt")]
    return [(f"{ROOT}/val/images/{row[0]}", number[row[1]]) for row in rows]


def _read(archive: zipfile.ZipFile, entries: Iterable[tuple[str, int]]) -> Split:
    from PIL import Image  # here: only this data set needs it

    pairs = list(entries)
    images = np.empty((len(pairs), SIDE * SIDE * COLOURS), np.uint8)
    for row, (path, _) in zip(images, pairs, strict=True):
        with Image.open(io.BytesIO(archive.read(path)), formats=["JPEG"]) as image:
            row[:] = np.asarray(image.convert("RGB")).reshape(-1)
    return Split(torch.from_numpy(images), torch.tensor([label for _, label in pairs]))
