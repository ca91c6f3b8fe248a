"""Pages of lists: a cursor is a place in the list's order, so a page stays right while rows are added."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query

from service.answers.views import Page
from service.dependencies import BIGGEST_ID
from service.problems.refusals import BadCursor

Row = TypeVar("Row")
Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=1_000, description="At most this many items on the page.")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=1_000,
        description="`next` of the page before, with the same sort; the first page needs none.",
        examples=["WyItY3JlYXRlZCIsIDEyXQ"],
    ),
]


def page_of(
    rows: Sequence[Row],
    limit: int,
    view: Callable[[Row], Item],
    place: Callable[[Row], Sequence[Any]],
    sort: str = "id",
) -> Page[Item]:
    """A page of `limit` from rows of which one more was asked for, to see whether there is a next page."""
    shown = rows[:limit]
    after = cursor_at(sort, place(shown[-1])) if len(rows) > limit else None
    return Page(items=[view(row) for row in shown], next=after)


def cursor_at(sort: str, place: Sequence[Any]) -> str:
    """A cursor that goes on after a place in the order `sort`."""
    return base64.urlsafe_b64encode(json.dumps([sort, *place]).encode()).decode().rstrip("=")


def place_at(cursor: str | None, sort: str, *kinds: type) -> list[Any] | None:
    """The place of a cursor, whose parts are of these kinds; None without one. Raises BadCursor."""
    if cursor is None:
        return None
    try:
        place: list[Any]
        given, *place = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise BadCursor("this is no cursor; send `next` of the page before, or none for the first page") from error
    if given != sort:
        raise BadCursor(f"this cursor belongs to the sort {given!r}; send that sort again, or begin without a cursor")
    if len(place) != len(kinds) or not all(map(_is_kind, place, kinds)):
        raise BadCursor("this is no cursor of this list; send `next` of the page before, or none for the first page")
    return place


def _is_kind(part: Any, kind: type) -> bool:
    if kind is int:
        return type(part) is int and abs(part) <= BIGGEST_ID
    if kind is float:
        return type(part) in (int, float) and abs(part) < float("inf")
    return isinstance(part, str) and part.isprintable()
