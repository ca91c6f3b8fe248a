"""A generated data set: a random teacher network labels Gaussian inputs. Needs no files.

Teacher: tanh layers with weights N(0, gain² / inputs), so that its outputs have about unit variance. Classification
takes its largest output, regression the outputs themselves. Inputs are correlated, x = A u with u ~ N(0, I), as real
ones are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from learning.data import Data, Split, Task, hold_out
from learning.validation import counts, require_count, require_one_of, set_numbers

TANH_GAIN = 1.593


@dataclass(frozen=True, kw_only=True)
class Teacher:
    """inputs, outputs: of teacher and student. hidden: the teacher's layers. samples: in all; a fifth each are test and
    validation. seed: of teacher and samples.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    name: Literal["teacher"] = "teacher"
    task: Task = "classification"
    inputs: int = 32
    hidden: tuple[int, ...] = (32,)
    outputs: int = 10
    samples: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        require_one_of("task", self.task, ("classification", "regression"))
        object.__setattr__(self, "hidden", counts("hidden", self.hidden))
        for field, value in (("inputs", self.inputs), ("outputs", self.outputs)):
            require_count(field, value)
        require_count("samples", self.samples, least=10)
        require_count("seed", self.seed, least=0)
        set_numbers(self, int, "inputs", "outputs", "samples", "seed")

    @property
    def training_samples(self) -> int:
        """Samples of the training split."""
        return self.samples - 2 * (self.samples // 5)

    @property
    def validation_samples(self) -> int:
        """Samples of the validation split."""
        return self.samples // 5

    @property
    def input_shape(self) -> tuple[int, ...]:
        """As of the loaded data."""
        return (self.inputs,)

    def load(self, folder: Path, split_seed: int) -> Data:  # noqa: ARG002 (the interface: this one needs no files)
        generator = torch.Generator().manual_seed(self.seed)
        mixing = torch.randn(self.inputs, self.inputs, generator=generator) / math.sqrt(self.inputs)
        inputs = torch.randn(self.samples, self.inputs, generator=generator) @ mixing
        answers = self._answers(inputs, generator)
        whole = Split(inputs, answers.argmax(1) if self.task == "classification" else answers)
        kept, held = hold_out(self.samples, 2 * (self.samples // 5), split_seed)
        validation, test = held.chunk(2)
        return Data(
            name=self.name,
            task=self.task,
            input_shape=self.input_shape,
            outputs=self.outputs,
            train=whole.take(kept),
            validation=whole.take(validation),
            test=whole.take(test),
        )

    def _answers(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        activity, preactivation, gain = inputs, inputs, 1.0
        sizes = (self.inputs, *self.hidden, self.outputs)
        for n, o in pairwise(sizes):
            preactivation = activity @ torch.randn(n, o, generator=generator) * (gain / math.sqrt(n))
            activity, gain = torch.tanh(preactivation), TANH_GAIN
        return preactivation
