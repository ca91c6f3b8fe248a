"""The IDX format of MNIST and Fashion-MNIST: big-endian header, then unsigned bytes. Plain or gzip-compressed."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from learning.data import Data, Split
from learning.datasets.files import Source, locate
from learning.datasets.images import image_data

UNSIGNED_BYTE = 8


def read_idx(path: Path) -> Tensor:
    """The array in an IDX file of unsigned bytes: uint8, in the shape its header states."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if len(content) < 4 or content[0] or content[1] or content[2] != UNSIGNED_BYTE:
        raise ValueError(f"{path}: not an IDX file of unsigned bytes; it should begin with 00 00 08")
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, 4)
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise ValueError(
            f"{path}: holds {values.size} values, its header states {'×'.join(map(str, shape))}; replace the file"
        )
    return torch.from_numpy(values.reshape([int(side) for side in shape]).copy())


def load_idx_images(
    name: str, sources: tuple[Source, Source, Source, Source], folder: Path, elsewhere: tuple[Path, ...], seed: int
) -> Data:
    """Four IDX files (training images and labels, test images and labels) as data in ten classes."""
    images, labels, test_images, test_labels = (read_idx(locate(s, folder, elsewhere)) for s in sources)
    whole = Split(images.flatten(1), labels.long())
    test = Split(test_images.flatten(1), test_labels.long())
    return image_data(name, whole, test, (images.shape[1], images.shape[2], 1), 10, seed)
