"""The tensors of a population: one row a member, rows come and go."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

ALIGNED = 16  # numbers: 64 bytes of float32, a cache line and the widest register of a CPU


def aligned_rows(rows: int, like: Tensor, device: torch.device) -> Tensor:
    """(rows, *shape of like), uninitialised: on a CPU every row starts at a multiple of `ALIGNED` numbers, as a tensor
    of its own does.

    A CPU adds up a matrix product in another order where a matrix starts elsewhere, so a member would depend on its
    place in the last bits. Single numbers lie side by side: they are in no product. On a GPU rows do too.
    """
    apart = -(-like.numel() // ALIGNED) * ALIGNED if like.dim() and device.type == "cpu" else like.numel()
    strides = (apart, *like.contiguous().stride())
    return torch.empty_strided((rows, *like.shape), strides, dtype=like.dtype, device=device)


class Stack:
    """Named tensors with a leading member axis K.

    Room is kept for more rows than there are, and doubled when it runs out, so adding a row copies that row alone
    (on average), and removing one copies the last row into its place. Views reach the rows in use.
    """

    def __init__(self, device: torch.device) -> None:
        self.size = 0
        self._device = device
        self._stored: dict[str, Tensor] = {}
        self._views: dict[str, Tensor] = {}

    def __getitem__(self, name: str) -> Tensor:
        """The rows in use of one tensor: (K, …), a view that in-place operations write through."""
        if name not in self._views:
            self._views[name] = self._stored[name][: self.size]
        return self._views[name]

    def get(self, name: str) -> Tensor | None:
        """The rows in use of one tensor, or None if the members have none of this name."""
        return self[name] if name in self._stored else None

    def all_finite(self) -> Tensor:
        """(K,): whether every number of each member is finite."""
        finite = [self[name].flatten(1).isfinite().all(1) for name in self._stored if self[name].dim() > 1]
        return torch.stack(finite).all(0)

    def append(self, row: Mapping[str, Tensor]) -> None:
        """Add one member: the same names and shapes for every member."""
        for name, value in row.items():
            self._make_room(name, value)
            self._stored[name][self.size].copy_(value)
        self._resize(self.size + 1)

    def remove(self, index: int) -> None:
        """Remove member `index`; the last member takes its place."""
        if index < self.size - 1:
            for stored in self._stored.values():
                stored[index].copy_(stored[self.size - 1])
        self._resize(self.size - 1)

    def row(self, index: int) -> dict[str, Tensor]:
        """Copies of one member's tensors, on the CPU."""
        return {name: stored[index].detach().cpu().clone() for name, stored in self._stored.items()}

    def _make_room(self, name: str, value: Tensor) -> None:
        stored = self._stored.get(name)
        if stored is None:
            self._stored[name] = aligned_rows(1, value, self._device)
        elif self.size == stored.shape[0]:
            self._stored[name] = aligned_rows(2 * self.size, value, self._device)
            self._stored[name][: self.size].copy_(stored)

    def _resize(self, size: int) -> None:
        self.size = size
        self._views = {}
