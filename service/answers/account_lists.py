"""How the lists of teams, users, tokens and the audit log are asked for."""

from typing import Annotated, Literal, NamedTuple, cast

from fastapi import Depends, Query

from service.answers.paging import Cursor, place_at
from sweeps.ledger.audit import AuditRecord
from sweeps.ledger.ordering import Order, Place
from sweeps.ledger.teams import TeamRecord
from sweeps.ledger.tokens import TokenRecord
from sweeps.ledger.users import UserRecord

Sort = Annotated[Literal["created", "-created", "name", "-name"], Query(description="`-` sorts downwards.")]
TimeSort = Annotated[Literal["created", "-created"], Query(description="`-created` is the newest first.")]
PLACES: dict[str, tuple[type, ...]] = {"created": (int,), "name": (str, int)}


class Asked(NamedTuple):
    """In what order, and from where."""

    sort: str
    order: Order

    def place(self, row: TeamRecord | UserRecord | TokenRecord) -> Place:
        return [row.id] if self.order.key == "created" else [row.name, row.id]

    def place_in_time(self, entry: AuditRecord) -> Place:
        return [entry.id]


async def oldest_first(sort: Sort = "created", cursor: Cursor = None) -> Asked:
    """Unless another order is asked for. Raises BadCursor."""
    return _asked(sort, cursor)


async def newest_first(sort: Sort = "-created", cursor: Cursor = None) -> Asked:
    """Unless another order is asked for. Raises BadCursor."""
    return _asked(sort, cursor)


async def by_time(sort: TimeSort = "-created", cursor: Cursor = None) -> Asked:
    """The newest first, or the oldest. Raises BadCursor."""
    return _asked(sort, cursor)


OldestFirst = Annotated[Asked, Depends(oldest_first)]
NewestFirst = Annotated[Asked, Depends(newest_first)]
ByTime = Annotated[Asked, Depends(by_time)]


def _asked(sort: str, cursor: str | None) -> Asked:
    key = cast(Literal["created", "name"], sort.removeprefix("-"))
    return Asked(sort, Order(key, sort.startswith("-"), place_at(cursor, sort, *PLACES[key])))
