"""Batched matrix products, one a member, in the precision a shape asks for.

float32 is exact to float32. tf32 lets a GPU's tensor cores round the factors to 10 bits (no effect on a CPU). bfloat16
rounds factors and product to 8 bits. Both keep the exact difference: a perturbed pass multiplies the difference itself,
so rounding costs it a relative 2⁻⁸ or less at any size of the noise, and nothing is subtracted afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor

Precision = Literal["float32", "tf32", "bfloat16"]


def product(a: Tensor, b: Tensor, precision: Precision) -> Tensor:
    """a b: (K, n, m), (K, m, p) → (K, n, p), float32."""
    if precision == "bfloat16":
        return torch.bmm(a.bfloat16(), b.bfloat16()).to(a.dtype)
    return torch.bmm(a, b)


def added_product(c: Tensor, a: Tensor, b: Tensor, precision: Precision) -> Tensor:
    """c + a b; c: (K, n, p), or (K, 1, p) for every row. The sum is float32 in any precision."""
    if precision == "bfloat16":
        return product(a, b, precision).add_(c)
    return torch.baddbmm(c, a, b)


def write_product(out: Tensor, a: Tensor, b: Tensor, scale: float, precision: Precision) -> None:
    """out ← scale · a b."""
    if precision == "bfloat16":
        torch.mul(product(a, b, precision), scale, out=out)
    else:
        out.baddbmm_(a, b, beta=0, alpha=scale)


@contextmanager
def tensor_cores(precision: Precision) -> Iterator[None]:
    """Inside, float32 products on a GPU use TF32 if and only if `precision` says so; afterwards as before.

    By `fp32_precision`, since torch refuses to read the older `allow_tf32` once anybody has set this one.
    """
    products = torch.backends.cuda.matmul
    before = products.fp32_precision
    products.fp32_precision = "tf32" if precision == "tf32" else "ieee"
    try:
        yield
    finally:
        products.fp32_precision = before
