"""Events as a stream: those that the ledger holds, then each as it happens, until a sweep has ended or we close."""

from collections.abc import AsyncIterator, Callable

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.reading import read as read_of
from service.streams.event_hub import EventHub, Listener, as_sent
from service.streams.welcome import Welcome
from sweeps.ledger import Ledger
from sweeps.ledger.errors import NoSuchSweep
from sweeps.ledger.records import EventRecord, SweepRecord

PAGE = 500
IDLE_SECONDS = 5.0
"""After which a quiet stream looks whether its sweep is still there."""

Read = Callable[[int, int], list[EventRecord]]
"""From the ledger: a page of events with ids above the first number, up to the second."""


async def sweep_events(
    hub: EventHub, ledger: Ledger, sweep: SweepRecord, after: int, welcome: Welcome
) -> AsyncIterator[ServerSentEvent]:
    """A sweep's events with ids above `after`; ends after the last event of a sweep that has ended, and where
    the caller is welcome no longer."""

    def read(above: int, upto: int) -> list[EventRecord]:
        return ledger.events.after(sweep.id, above, PAGE, upto)

    if sweep.state.is_final:  # nothing is to come: the ledger holds it all
        while page := await read_of(ledger, ledger.events.after, sweep.id, after, PAGE):
            for record in page:
                after = record.id
                yield as_sent(record)
        return
    async with hub.listening(sweep.team_id, sweep.id) as listener:
        kinds = {"sweep.state"}
        async for event in _behind(hub, listener, read, after):
            after = int(event.id or after)
            yield event
        while not hub.closing() and await welcome.lasts():
            if (not kinds or "sweep.state" in kinds) and await run_in_threadpool(_is_over, ledger, sweep.id, after):
                return
            await listener.wait(IDLE_SECONDS)
            kinds = set()
            async for event in _heard(hub, listener, read, after):
                after = int(event.id or after)
                kinds.add(event.event or "")
                yield event


async def team_events(
    hub: EventHub, ledger: Ledger, team_id: int, after: int | None, welcome: Welcome
) -> AsyncIterator[ServerSentEvent]:
    """The events of all the team's sweeps with ids above `after`, or from now on; ends only when we
    close, or the caller is welcome no longer.

    Begins with an id alone, from which a reader can go on who has heard no event yet.
    """

    def read(above: int, upto: int) -> list[EventRecord]:
        return ledger.events.of_team(team_id, above, PAGE, upto)

    async with hub.listening(team_id) as listener:
        after = hub.horizon if after is None else after
        yield ServerSentEvent(id=str(after))
        async for event in _behind(hub, listener, read, after):
            after = int(event.id or after)
            yield event
        while not hub.closing() and await welcome.lasts():
            async for event in _heard(hub, listener, read, after):
                after = int(event.id or after)
                yield event
            await listener.wait(IDLE_SECONDS)


async def _heard(hub: EventHub, listener: Listener, read: Read, after: int) -> AsyncIterator[ServerSentEvent]:
    """What the listener has heard; from the ledger where that was too much to be held."""
    if listener.is_behind:
        async for event in _behind(hub, listener, read, after):
            yield event
        return
    for event in listener.taken():
        if int(event.id or 0) > after:
            yield event


async def _behind(hub: EventHub, listener: Listener, read: Read, after: int) -> AsyncIterator[ServerSentEvent]:
    """What the ledger holds up to the horizon; the listener hears what comes behind it."""
    listener.begin_again()
    upto = hub.horizon
    while not hub.closing():
        page = await run_in_threadpool(read, after, upto)
        for record in page:
            after = record.id
            yield as_sent(record)
        if len(page) < PAGE:
            return


def _is_over(ledger: Ledger, sweep_id: int, last: int) -> bool:
    """Whether the sweep has ended and `last` was its last event, or it was deleted."""
    try:
        return ledger.sweeps.state(sweep_id).is_final and last >= ledger.events.newest(sweep_id)
    except NoSuchSweep:
        return True
