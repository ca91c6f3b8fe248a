"""The order of a list, and where in it a page begins.

A page begins after a place in the order, not at a number of rows, so that it stays right while rows are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Column, Select, tuple_

Place = Sequence[Any]
"""A row's place in an order: what it is sorted by, and its id where that does not tell rows apart."""


@dataclass(frozen=True)
class Order:
    """How teams, users, tokens and the log are sorted, and after which place the page begins."""

    key: Literal["created", "name"] = "created"
    descending: bool = False
    after: Place | None = None


NEWEST_FIRST = Order(descending=True)


def ordered(query: Select[Any], order: list[Column[Any]], descending: bool, after: Place | None) -> Select[Any]:
    """Rows after the place; those that have no place, since they have no such value, are left out."""
    if order[0].nullable:
        query = query.where(order[0].is_not(None))
    if after is not None:
        place = tuple_(*order)
        query = query.where(place < tuple_(*after) if descending else place > tuple_(*after))
    return query.order_by(*((column.desc() if descending else column.asc()) for column in order))
