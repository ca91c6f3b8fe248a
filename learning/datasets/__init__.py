"""Data sets: a file each. A new data set is one file here and one name in `DataSet`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import torch

from learning.data import Data
from learning.datasets.cifar10 import Cifar10
from learning.datasets.cifar100 import Cifar100
from learning.datasets.digits import Digits
from learning.datasets.fashion_mnist import FashionMnist
from learning.datasets.files import DataMissingError
from learning.datasets.mnist import Mnist
from learning.datasets.sarcos import Sarcos
from learning.datasets.teacher import Teacher
from learning.datasets.tiny_imagenet import TinyImageNet
from learning.devices import usable_device
from learning.validation import require_count, require_kind

DataSet = Digits | FashionMnist | Mnist | Cifar10 | Cifar100 | TinyImageNet | Sarcos | Teacher


def load_data(
    data_set: DataSet, folder: Path | str = Path("data"), device: torch.device | str = "cpu", split_seed: int = 0
) -> Data:
    """Read a data set, split it by `split_seed` and put it on `device`.

    folder: the data folder, by default `data` in the working folder; each data set looks in the subfolder of its name,
    and downloads to it what is missing. split_seed: ≥ 0; which training samples are held out for validation.
    Raises DataMissingError, which says where to put which file, if a file is nowhere and cannot be downloaded.
    """
    require_kind("data_set", data_set, get_args(DataSet), "write for example Digits()")
    require_count("split_seed", split_seed, least=0)
    return data_set.load(Path(folder), split_seed).to(usable_device(device))


__all__ = [
    "Cifar10",
    "Cifar100",
    "DataMissingError",
    "DataSet",
    "Digits",
    "FashionMnist",
    "Mnist",
    "Sarcos",
    "Teacher",
    "TinyImageNet",
    "load_data",
]
