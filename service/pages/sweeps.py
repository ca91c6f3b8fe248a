"""The list of the team's sweeps."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.answers.lists import AskedSweeps, TheSweepsAsked
from service.dependencies import TheLedger
from service.pages.dependencies import PageCaller
from service.pages.queries import TidyQuery, changed
from service.pages.sweep_rows import sweep_rows
from service.pages.templating import page
from service.reading import read
from sweeps.ledger import Ledger
from sweeps.ledger.records import Caller
from sweeps.states import SweepState

router = APIRouter(include_in_schema=False)

SORTS = {
    "-created": "Newest first",
    "created": "Oldest first",
    "name": "By name",
    "-finished": "Last to end first",
}
MOST_OWNERS = 500


@router.get("/sweeps")
async def list_sweeps(
    request: Request,
    caller: PageCaller,
    ledger: TheLedger,
    _tidy: TidyQuery,
    asked: TheSweepsAsked,
    part: Literal["rows"] | None = None,
) -> Response:
    """The page; or its rows alone, for the script that keeps them up to date."""
    return await read(ledger, _list, request, caller, ledger, asked, part)


def _list(request: Request, caller: Caller, ledger: Ledger, asked: AskedSweeps, part: str | None) -> Response:
    found, sort = sweep_rows(ledger, caller.team_id, asked), asked.sort
    rows: dict[str, Any] = {
        "found": found,
        "later": changed(request, cursor=found.next, part=None) if found.next else None,
        "first": changed(request, cursor=None, part=None) if asked.after else None,
        "is_filtered": any(name in request.query_params for name in ("state", "name", "label", "user", "archived")),
    }
    if part:
        return page(request, "parts/sweep_rows.html", **rows)
    owners = [user.name for user in ledger.users.page(caller.team_id, MOST_OWNERS)]
    choices: dict[str, Any] = {"states": list(SweepState), "sorts": SORTS, "owners": owners}
    return page(request, "sweeps.html", asked=asked.wanted, sort=sort, **rows, **choices)
