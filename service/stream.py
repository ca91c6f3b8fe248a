"""A sweep's events as they are written, until the sweep has ended or the service closes."""

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.describe import utc
from sweeps.ledger import Ledger
from sweeps.ledger.errors import NoSuchSweep
from sweeps.ledger.records import EventRecord
from sweeps.states import SweepState

POLL_SECONDS = 0.25
PAGE = 500


async def sweep_events(
    ledger: Ledger, sweep_id: int, after: int, closing: Callable[[], bool]
) -> AsyncIterator[ServerSentEvent]:
    """Events with ids above `after`. `closing` says that the service shuts down: the stream then ends."""
    while not closing():
        ended, events = await run_in_threadpool(_look, ledger, sweep_id, after)
        for event in events:
            after = event.id
            yield _sent(event)
        if ended and len(events) < PAGE:
            return
        if len(events) < PAGE:
            await asyncio.sleep(POLL_SECONDS)


def _look(ledger: Ledger, sweep_id: int, after: int) -> tuple[bool, list[EventRecord]]:
    """Whether the sweep had ended before the events were read: then these are the last."""
    try:
        state = ledger.sweeps.get(sweep_id).state
    except NoSuchSweep:
        return True, []
    return SweepState(state).is_final, ledger.events.after(sweep_id, after, PAGE)


def _sent(event: EventRecord) -> ServerSentEvent:
    data = {"sweep": event.sweep_id, "at": utc(event.at).isoformat()} | event.data
    return ServerSentEvent(id=str(event.id), event=event.kind, data=data)
