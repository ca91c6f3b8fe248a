"""Decorrelation of a layer's inputs: x* = R x with a learned R, whatever rule trains the weights.

    R ← R − α ((1 − κ) (⟨x* x*ᵀ⟩ − diag v) + κ (diag v − I)) R,   v = ⟨x*²⟩,   R = I at the start

Ahmad, Schrader & van Gerven 2023 (κ = 0); the whitening term, weight κ, Dalm, Offergeld, Ahmad & van Gerven 2024 (arXiv
2405.02385). Samples are rows in the code, so it holds D = Rᵀ, (K, inputs, inputs): x* = x D, and from the transposed
equation D ← D − α D (…). ⟨·⟩ averages over rows: samples, and positions of a convolution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from learning.products import add_product, in_turn, product
from learning.validation import is_number, require, require_count, require_fraction, set_numbers


@dataclass(frozen=True, kw_only=True)
class Decorrelation:
    """How decorrelation learns; its rate α is a member's own hyperparameter (`decorrelation_rate`).

    batch_fraction: share of each batch it learns from, in (0, 1]; a tenth makes it cheap.
    interval: steps from one update to the next, at least 1, counted from a member's first step through all epochs.
    whitening: κ in [0, 1]; 0 only decorrelates, above 0 also pulls every variance to 1.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    batch_fraction: float = 0.1
    interval: int = 1
    whitening: float = 0.0

    def __post_init__(self) -> None:
        require_fraction("batch_fraction", self.batch_fraction)
        require_count("interval", self.interval)
        holds = is_number(self.whitening) and 0 <= self.whitening <= 1
        require(holds, "whitening", self.whitening, "must be a number from 0 to 1", "0.0 only decorrelates")
        set_numbers(self, float, "batch_fraction", "whitening")
        set_numbers(self, int, "interval")

    def samples(self, batch: int) -> int:
        """How many samples of a batch it learns from: at least one."""
        return math.ceil(self.batch_fraction * batch)


def decorrelate(matrix: Tensor, decorrelated: Tensor, rate: Tensor, whitening: float) -> None:
    """One update of D in place.

    matrix: (K, inputs, inputs), D. decorrelated: (K, rows, inputs), x*. rate: (K,), α; a member's D with α = 0 stays as
    it is. whitening: κ.
    D ⟨x*ᵀ x*⟩ is computed as (x* Dᵀ)ᵀ x* / rows: 2 · rows · inputs² multiply-adds and no inputs³.
    """
    rate, rows = rate.view(-1, 1, 1), decorrelated.shape[1]
    variance = torch.linalg.vector_norm(decorrelated, dim=1, keepdim=True).square_() / rows
    kept = 1 + rate * ((1 - whitening) * variance - whitening * (variance - 1))
    scale = rate * ((whitening - 1) / rows)
    for some in in_turn(decorrelated, matrix):
        own, x = matrix[some], decorrelated[some]
        covered = product(x, own.transpose(1, 2)).mul_(scale[some])
        add_product(own, kept[some], covered.transpose(1, 2), x)


def correlation(decorrelated: Tensor) -> Tensor:
    """Mean squared off-diagonal correlation of inputs: (K, rows, inputs) → (K,), from 0 (none) to 1.

    Uncentred, as the update: cos² between the columns of x*. Inputs that are zero throughout count as uncorrelated.
    """
    inputs = decorrelated.shape[2]
    columns = torch.nn.functional.normalize(decorrelated, dim=1)
    gram = product(columns.transpose(1, 2), columns)
    total = gram.square().sum((1, 2)) - gram.diagonal(dim1=1, dim2=2).square().sum(1)
    return total / max(1, inputs * (inputs - 1))
