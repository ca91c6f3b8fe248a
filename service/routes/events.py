"""A sweep's events as a stream of server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from service.dependencies import BIGGEST, ExistingSweep, TheLedger
from service.refusals import BadEventId
from service.routes.refusals import refusals
from service.stream import sweep_events

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["sweeps"])


def resume_after(
    last_event_id: Annotated[str | None, Header(description="The id of the last event that was received.")] = None,
) -> int:
    """Where to go on. Raises BadEventId for what is no id of ours."""
    if not last_event_id:
        return 0
    if not last_event_id.isdecimal() or int(last_event_id[:20]) > BIGGEST:
        raise BadEventId(f"Last-Event-ID is {last_event_id[:40]!r}; send the `id` of an event of this stream, or none")
    return int(last_event_id)


@router.get("/events", response_class=EventSourceResponse, responses=refusals(401, 404, 422))
async def stream_events(
    request: Request, sweep: ExistingSweep, ledger: TheLedger, after: Annotated[int, Depends(resume_after)]
) -> AsyncIterator[ServerSentEvent]:
    """Everything that happened to the sweep and happens from now on; ends after the sweep has ended.

    Each event has an `id`, its kind as `event`, and JSON `data` with `at`, the time. Send the last `id` as
    Last-Event-ID to go on where a stream broke off.
    """
    with request.app.state.metrics.streams.track_inprogress():
        async for event in sweep_events(ledger, sweep.id, after, request.app.state.closing):
            yield event
