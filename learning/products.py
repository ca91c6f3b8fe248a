"""Batched matrix products, one a member, in the precision a shape asks for.

float32 is exact to float32. tf32 lets a GPU's tensor cores round the factors to 10 bits (no effect on a CPU). bfloat16
rounds factors and product to 8 bits. Both keep the exact difference: a perturbed pass multiplies the difference itself,
so rounding costs it a relative 2⁻⁸ or less at any size of the noise, and nothing is subtracted afterwards.

Large float32 products on a CPU with 512-bit registers are computed by oneDNN, member by member: torch's own library for
them, MKL, uses half of the register on processors that are not Intel's, and takes 2.3 times as long.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

Precision = Literal["float32", "tf32", "bfloat16"]


ONEDNN_ABOVE = 2**18
"""Multiply-adds of one member's product from which calling oneDNN for each pays. Not a matter of how many members there
are, or a member's last bits would depend on company."""


def product(a: Tensor, b: Tensor, precision: Precision = "float32") -> Tensor:
    """a b: (K, n, m), (K, m, p) → (K, n, p), float32."""
    if precision == "bfloat16":
        return torch.bmm(a.bfloat16(), b.bfloat16()).to(a.dtype)
    if not _is_for_onednn(a, b):
        return torch.bmm(a, b)
    products = [_onednn(*factors) for factors in zip(a, b, strict=True)]
    return torch.stack(products) if len(products) > 1 else products[0].contiguous().unsqueeze(0)


def added_product(c: Tensor, a: Tensor, b: Tensor, precision: Precision) -> Tensor:
    """c + a b; c: (K, n, p), or (K, 1, p) for every row. The sum is float32 in any precision."""
    if precision == "bfloat16":
        return product(a, b, precision).add_(c)
    if not _is_for_onednn(a, b):
        return torch.baddbmm(c, a, b)
    out = a.new_empty(a.shape[0], a.shape[1], b.shape[2])
    for own, term, *factors in zip(out, c, a, b, strict=True):
        torch.add(term, _onednn(*factors), out=own)
    return out


def write_product(out: Tensor, a: Tensor, b: Tensor, scale: float, precision: Precision) -> None:
    """out ← scale · a b."""
    if precision == "bfloat16":
        torch.mul(product(a, b, precision), scale, out=out)
    elif not _is_for_onednn(a, b):
        out.baddbmm_(a, b, beta=0, alpha=scale)
    else:
        for own, *factors in zip(out, a, b, strict=True):
            torch.mul(_onednn(*factors), scale, out=own)


def add_product(out: Tensor, factor: Tensor, a: Tensor, b: Tensor) -> None:
    """out ← factor ∘ out + a b, float32. factor: (K, 1, p), of every row."""
    if not _is_for_onednn(a, b):
        out.mul_(factor).baddbmm_(a, b)
        return
    for own, own_factor, *factors in zip(out, factor, a, b, strict=True):
        torch.addcmul(_onednn(*factors), own, own_factor, out=own)


def in_turn(a: Tensor, b: Tensor) -> list[slice]:
    """The members whose products a b are best computed together, several after one another: all, but with oneDNN each
    by itself, so that a large matrix is still in the cache for the next."""
    return [slice(k, k + 1) for k in range(a.shape[0])] if _is_for_onednn(a, b) else [slice(None)]


def _is_for_onednn(a: Tensor, b: Tensor) -> bool:
    """Whether oneDNN computes this product, which it does not differentiate, faster than torch does."""
    size = a.shape[1] * a.shape[2] * b.shape[2]
    recorded = torch.is_grad_enabled() and (a.requires_grad or b.requires_grad)
    return (
        size > ONEDNN_ABOVE and a.dtype == torch.float32 and a.device.type == "cpu" and not recorded and _has_onednn()
    )


@lru_cache(maxsize=1)
def _has_onednn() -> bool:
    is_there = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    is_known = hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return is_there and is_known and torch.backends.cpu.get_cpu_capability() == "AVX512"


def _onednn(a: Tensor, b: Tensor) -> Tensor:
    """a b: (n, m), (m, p) → (n, p). It is fastest where its first factor's rows are whole: else as (bᵀ aᵀ)ᵀ."""
    if a.stride(-1) == 1:
        return _linear(a, b.T)
    return _linear(b.T, a).T


def _linear(x: Tensor, weight: Tensor) -> Tensor:
    """x weightᵀ. No public function of torch calls oneDNN for float32; this one is what its compiler calls."""
    result: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
    return result


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
