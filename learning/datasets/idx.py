"""The IDX format of MNIST and Fashion-MNIST: big-endian header, then unsigned bytes. Plain or gzip-compressed."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from learning.data import Data, Split
from learning.datasets.files import Source, locate, readable
from learning.datasets.images import image_data

UNSIGNED_BYTE = 8


def read_idx(path: Path, sides: Sequence[int | None]) -> Tensor:
    """The array in an IDX file of unsigned bytes: uint8, of these sides (None: any). ValueError for another or none."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if len(content) < 4 or content[0] or content[1] or content[2] != UNSIGNED_BYTE:
        raise ValueError("not an IDX file of unsigned bytes; it should begin with 00 00 08")
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise ValueError(f"it ends within its header of {header} bytes")
    stated = [int(side) for side in np.frombuffer(content, ">u4", content[3], 4)]
    if len(stated) != len(sides) or any(side not in (None, own) for side, own in zip(sides, stated, strict=True)):
        raise ValueError(f"its header states {_sides(stated)}, must be {_sides(sides)}")
    values = np.frombuffer(content, np.uint8, offset=header)
    if values.size != prod(stated):
        raise ValueError(f"it holds {values.size} values, its header states {_sides(stated)}")
    return torch.from_numpy(values.reshape(stated).copy())


def _sides(sides: Sequence[int | None]) -> str:
    return "×".join("any" if side is None else str(side) for side in sides)


def load_idx_images(
    name: str, sources: tuple[Source, Source, Source, Source], folder: Path, elsewhere: tuple[Path, ...], seed: int
) -> Data:
    """Four IDX files (training images and labels, test images and labels) as data in ten classes."""

    def read(source: Source, *sides: int | None) -> Tensor:
        path = locate(source, folder, elsewhere)
        with readable(path, source):
            return read_idx(path, sides)

    images = read(sources[0], None, None, None)
    labels = read(sources[1], len(images))
    test_images = read(sources[2], None, *images.shape[1:])
    test_labels = read(sources[3], len(test_images))
    whole = Split(images.flatten(1), labels.long())
    test = Split(test_images.flatten(1), test_labels.long())
    return image_data(name, whole, test, (images.shape[1], images.shape[2], 1), 10, seed)
