"""Pages of lists: the cursor is the last id that was given, so a page stays right while rows are added."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from service.dependencies import BIGGEST
from service.views import Page

Row = TypeVar("Row")
Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=1_000, description="At most this many items on the page.")]
Cursor = Annotated[
    int | None, Query(ge=0, le=BIGGEST, description="`next` of the page before; the first page needs none.")
]


def page_of(rows: Sequence[Row], limit: int, view: Callable[[Row], Item], key: Callable[[Row], int]) -> Page[Item]:
    """A page of `limit` from rows of which one more was asked for, to see whether there is a next page."""
    shown = rows[:limit]
    after = str(key(shown[-1])) if len(rows) > limit else None
    return Page(items=[view(row) for row in shown], next=after)
