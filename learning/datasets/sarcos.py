"""SARCOS: inverse dynamics of a robot arm, regression from 21 inputs (position, speed, acceleration) to 7 torques.

Vijayakumar & Schaal 2000; files of Rasmussen & Williams 2006: sarcos_inv.mat (44,484 samples) and sarcos_inv_test.mat
(4,449), MATLAB 5 matrices of 28 columns, read by SciPy. 40,777 train, 3,707 validation. Inputs and targets are
standardised by the training samples' mean and standard deviation, so that errors are in units of each torque's spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from learning.data import Data, Split, hold_out
from learning.datasets.files import Source, locate, readable

PUBLISHED = "https://gaussianprocess.org/gpml/data"
SOURCES = tuple(Source(name, f"{PUBLISHED}/{name}", None) for name in ("sarcos_inv.mat", "sarcos_inv_test.mat"))
INPUTS, TORQUES = 21, 7


@dataclass(frozen=True, kw_only=True)
class Sarcos:
    """Read from <folder>/sarcos; not downloaded, since no official checksum is known."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    task: ClassVar[Literal["regression"]] = "regression"
    training_samples: ClassVar[int] = 40_777  # of the official files, without the validation split
    validation_samples: ClassVar[int] = 3_707
    input_shape: ClassVar[tuple[int, ...]] = (INPUTS,)
    outputs: ClassVar[int] = TORQUES

    name: Literal["sarcos"] = "sarcos"

    def load(self, folder: Path, split_seed: int) -> Data:
        whole, test = (read_matrix(source, folder / self.name) for source in SOURCES)
        kept, held = hold_out(len(whole), len(whole) // 12, split_seed)
        mean, spread = whole[kept].mean(0), whole[kept].std(0)
        train, validation, test = (((part - mean) / spread).float() for part in (whole[kept], whole[held], test))
        return Data(
            name=self.name,
            task=self.task,
            input_shape=self.input_shape,
            outputs=self.outputs,
            train=_split(train),
            validation=_split(validation),
            test=_split(test),
        )


def _split(matrix: Tensor) -> Split:
    return Split(matrix[:, :INPUTS].contiguous(), matrix[:, INPUTS:].contiguous())


def read_matrix(source: Source, folder: Path) -> Tensor:
    """The one matrix in a MATLAB 5 file, named as the file: (samples, 28), float64."""
    from scipy.io import loadmat  # type: ignore[import-untyped]  # here: only this data set needs it

    path = locate(source, folder)
    with readable(path, source):
        matrix = loadmat(path).get(path.stem)
        if matrix is None or matrix.ndim != 2 or matrix.shape[1] != INPUTS + TORQUES:
            raise ValueError(f"it holds no matrix {path.stem} of {INPUTS + TORQUES} columns")
        return torch.from_numpy(matrix.astype("float64"))
