"""Events of a sweep and of all of a team's, as streams of server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from service.dependencies import BIGGEST, ExistingSweep, KnownCaller, TheLedger
from service.problems.refusals import BadEventId
from service.routes.refusals import refusals
from service.streams.events import sweep_events, team_events
from service.streams.open_streams import one_more_stream
from service.streams.welcome import TheWelcome

router = APIRouter(tags=["events"])


async def resume_after(
    last_event_id: Annotated[str | None, Header(description="The id of the last event that was received.")] = None,
) -> int | None:
    """Where to go on; None where the reader does not say. Raises BadEventId for what is no id of ours."""
    if not last_event_id:
        return None
    if not last_event_id.isdecimal() or int(last_event_id[:20]) > BIGGEST:
        rule = f"Last-Event-ID is {last_event_id[:40]!r}, which is no id"
        raise BadEventId("Last-Event-ID", last_event_id, rule, "send the `id` of an event of this stream, or none")
    return int(last_event_id)


Resumed = Annotated[int | None, Depends(resume_after)]


@router.get(
    "/sweeps/{sweep_id}/events",
    response_class=EventSourceResponse,
    dependencies=[Depends(one_more_stream)],
    responses=refusals(401, 404, 422),
)
async def stream_events(
    request: Request, sweep: ExistingSweep, ledger: TheLedger, after: Resumed, welcome: TheWelcome
) -> AsyncIterator[ServerSentEvent]:
    """Everything that happened to the sweep and happens from now on; ends after the sweep has ended.

    Each event has an `id`, its kind as `event`, and JSON `data` with `at`, the time. Send the last `id` as
    Last-Event-ID to go on where a stream broke off.
    """
    async for event in sweep_events(request.app.state.hub, ledger, sweep, after or 0, welcome):
        yield event


@router.get(
    "/events",
    response_class=EventSourceResponse,
    dependencies=[Depends(one_more_stream)],
    responses=refusals(401, 422),
)
async def stream_team_events(
    request: Request, caller: KnownCaller, ledger: TheLedger, after: Resumed, welcome: TheWelcome
) -> AsyncIterator[ServerSentEvent]:
    """Everything that happens to the team's sweeps from now on, in the form of a sweep's events; it has no end.

    Send the last `id` as Last-Event-ID to go on where a stream broke off, or 0 to begin with the first event that is
    kept. Events of a deleted sweep are deleted with it.
    """
    async for event in team_events(request.app.state.hub, ledger, caller.team_id, after, welcome):
        yield event
