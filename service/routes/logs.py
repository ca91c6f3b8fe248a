"""What a sweep's processes had to say."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from service.answers.paging import Limit
from service.answers.views import LogPage
from service.dependencies import BIGGEST, ExistingSweep, TheLedger, TheSettings
from service.routes.refusals import refusals
from service.streams.log_pages import Wanted, last_page, log_page, log_stream, position_of
from service.streams.open_streams import one_more_stream
from service.streams.welcome import TheWelcome
from sweeps.logs.reading import Logs, Position

router = APIRouter(prefix="/sweeps/{sweep_id}/logs", tags=["events"])

Tail = Annotated[int | None, Query(ge=1, le=10_000, description="Only so many entries, the last ones.")]
LogCursor = Annotated[
    str | None,
    Query(max_length=5_000, pattern=r"^[A-Za-z0-9_=-]*$", description="`next` or `position` of an earlier page."),
]
Source = Annotated[
    str | None,
    Query(
        pattern=r"^(driver|coordinator|lane|lane-\d{1,9})$",
        description="Of `driver`, `coordinator`, `lane` (all of them) or one lane, `lane-0`.",
    ),
]
LastId = Annotated[str | None, Header(description="The id of the last event that was received.")]


def the_logs(settings: TheSettings) -> Logs:
    return Logs(settings.storage)


def start(cursor: LogCursor = None, last_event_id: LastId = None) -> Position:
    """Where to go on. Raises BadPosition."""
    return position_of(last_event_id or cursor)


def wanted_logs(
    sweep: ExistingSweep,
    attempt: Annotated[int | None, Query(ge=1, le=BIGGEST, description="Of this attempt only.")] = None,
    source: Source = None,
) -> Wanted:
    return Wanted(sweep.id, attempt, source)


TheLogs = Annotated[Logs, Depends(the_logs)]
Start = Annotated[Position, Depends(start)]
TheWanted = Annotated[Wanted, Depends(wanted_logs)]


@router.get("", responses=refusals(401, 404, 422))
def read_logs(wanted: TheWanted, logs: TheLogs, position: Start, limit: Limit = 200, tail: Tail = None) -> LogPage:
    """The log of a sweep's driver, coordinator and lanes, in the order of what they said, kept until it is deleted."""
    if tail is not None and not position:
        return last_page(logs, wanted, tail)
    return log_page(logs, wanted, position, limit)


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    dependencies=[Depends(one_more_stream)],
    responses=refusals(401, 404, 422),
)
async def stream_logs(
    request: Request, wanted: TheWanted, logs: TheLogs, ledger: TheLedger, position: Start, welcome: TheWelcome
) -> AsyncIterator[ServerSentEvent]:
    """The log as it is written; ends after the sweep has ended.

    Each event is one entry, its `id` a cursor: send the last one as Last-Event-ID to go on where a stream broke off.
    """
    async for event in log_stream(logs, ledger, wanted, position, request.app.state.closing, welcome):
        yield event
