"""The binary version of CIFAR: records of label bytes, then 3,072 pixels, red, green and blue plane. No pickle.

Read from the published .tar.gz without unpacking it, or from the folder it unpacks to.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from learning.data import Data, Split
from learning.datasets.files import DataMissingError, Source, find, locate, readable
from learning.datasets.images import image_data

SIDE, COLOURS = 32, 3
PIXELS = SIDE * SIDE * COLOURS


def read_records(content: bytes, label_bytes: int) -> Split:
    """Images (samples, 3072) uint8, channels last, and the last label byte of each record."""
    size = label_bytes + PIXELS
    if not content or len(content) % size:
        raise ValueError(f"{len(content)} bytes are not a whole number of CIFAR records of {size} bytes")
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
    parts = list(_splits(source, folder, unpacked, [*train_files, test_file], label_bytes))
    whole = Split(torch.cat([part.inputs for part in parts[:-1]]), torch.cat([part.targets for part in parts[:-1]]))
    return image_data(name, whole, parts[-1], (SIDE, SIDE, COLOURS), classes, seed)


def _splits(source: Source, folder: Path, unpacked: str, names: Sequence[str], label_bytes: int) -> Iterator[Split]:
    """What each of the files `names` holds: of the folder where all are there, else of the archive."""
    paths = [folder / unpacked / name for name in names]
    missing = [path for path in paths if not path.is_file()]
    if not missing:
        for path in paths:
            with readable(path, source):
                yield read_records(path.read_bytes(), label_bytes)
        return
    if len(missing) < len(paths) and find(source, folder) is None:  # a slip: no reason to download all of it
        raise DataMissingError(
            f"{missing[0].name} is not in {missing[0].parent}. Put it there, or the archive it comes from in {folder}: "
            f"{source.name} ({source.checksum})."
        )
    path = locate(source, folder)
    with readable(path, source), tarfile.open(path) as archive:
        for name in names:
            yield read_records(_member(archive, f"{unpacked}/{name}", source), label_bytes)


def _member(archive: tarfile.TarFile, name: str, source: Source) -> bytes:
    try:
        member = archive.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise DataMissingError(f"{source.name} holds no {name}. Put the official archive there ({source.checksum}).")
    return member.read()
