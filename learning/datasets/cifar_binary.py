"""The binary version of CIFAR: records of label bytes, then 3,072 pixels, red, green and blue plane. No pickle.

Read from the published .tar.gz without unpacking it, or from the folder it unpacks to.
"""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from learning.data import Data, Split
from learning.datasets.files import DataMissingError, Source, locate
from learning.datasets.images import image_data

SIDE, COLOURS = 32, 3
PIXELS = SIDE * SIDE * COLOURS


def read_records(content: bytes, label_bytes: int) -> Split:
    """Images (samples, 3072) uint8, channels last, and the last label byte of each record."""
    size = label_bytes + PIXELS
    if not content or len(content) % size:
        raise ValueError(f"{len(content)} bytes: not a whole number of CIFAR records of {size} bytes; replace the file")
    records = np.frombuffer(content, np.uint8).reshape(-1, size)
    planes = records[:, label_bytes:].reshape(-1, COLOURS, SIDE, SIDE)
    images = torch.from_numpy(np.ascontiguousarray(planes.transpose(0, 2, 3, 1))).flatten(1)
    return Split(images, torch.from_numpy(records[:, label_bytes - 1].astype(np.int64)))


def load_cifar(
    name: str,
    source: Source,
    unpacked: str,
    files: tuple[Sequence[str], str],
    label_bytes: int,
    classes: int,
    folder: Path,
    seed: int,
) -> Data:
    """CIFAR from `folder`: the archive `source`, or the folder `unpacked`. files: names for training, name for test."""
    train_files, test_file = files
    contents = _contents(source, folder, unpacked, [*train_files, test_file])
    parts = [read_records(content, label_bytes) for content in contents]
    whole = Split(torch.cat([part.inputs for part in parts[:-1]]), torch.cat([part.targets for part in parts[:-1]]))
    return image_data(name, whole, parts[-1], (SIDE, SIDE, COLOURS), classes, seed)


def _contents(source: Source, folder: Path, unpacked: str, names: Sequence[str]) -> list[bytes]:
    if all((folder / unpacked / name).is_file() for name in names):
        return [(folder / unpacked / name).read_bytes() for name in names]
    with tarfile.open(locate(source, folder)) as archive:
        return [_member(archive, f"{unpacked}/{name}", source) for name in names]


def _member(archive: tarfile.TarFile, name: str, source: Source) -> bytes:
    try:
        member = archive.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise DataMissingError(f"{source.name} holds no {name}. Put the official archive there ({source.checksum}).")
    return member.read()
