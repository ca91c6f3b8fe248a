"""scikit-learn's digits: 1,797 grey images of handwritten digits, 8×8, 10 classes (Alpaydin & Kaynak 1998).

Inside the package, so nothing is downloaded. There is no official test split: 360 are test and 287 validation, drawn by
the split seed; 1,150 train.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch

from learning.data import Data, Split, hold_out

TEST_SAMPLES = 360
VALIDATION_SAMPLES = 287


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Needs scikit-learn and no file."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    task: ClassVar[Literal["classification"]] = "classification"
    training_samples: ClassVar[int] = 1_150  # of the official files, without the validation split
    validation_samples: ClassVar[int] = VALIDATION_SAMPLES
    input_shape: ClassVar[tuple[int, ...]] = (8, 8, 1)
    outputs: ClassVar[int] = 10

    name: Literal["digits"] = "digits"

    def load(self, folder: Path, split_seed: int) -> Data:  # noqa: ARG002 (the interface: this one needs no files)
        from sklearn.datasets import load_digits  # here: only this data set needs it

        bunch = load_digits()
        whole = Split(torch.from_numpy(bunch.data).float() / 16, torch.from_numpy(bunch.target).long())
        kept, held = hold_out(len(whole), TEST_SAMPLES + VALIDATION_SAMPLES, split_seed)
        return Data(
            name=self.name,
            task=self.task,
            input_shape=self.input_shape,
            outputs=self.outputs,
            train=whole.take(kept),
            validation=whole.take(held[TEST_SAMPLES:]),
            test=whole.take(held[:TEST_SAMPLES]),
        )
