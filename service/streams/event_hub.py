"""New events, read from the ledger once and given to every open stream that they are for."""

import asyncio
import json
import logging
from collections.abc import Callable
from types import TracebackType

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.answers.describe import utc
from sweeps.ledger import Ledger
from sweeps.ledger.horizon import Horizon
from sweeps.ledger.records import EventRecord

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
PAGE = 500
MOST_HELD = 2_000
"""Of a stream whose reader is slow; then it reads the ledger itself, where nothing is lost."""


class Listener:
    """One open stream: the events of a team, or of one of its sweeps, since it began to listen."""

    def __init__(self, team_id: int, sweep_id: int | None) -> None:
        self._team_id = team_id
        self._sweep_id = sweep_id
        self._held: list[ServerSentEvent] = []
        self._heard = asyncio.Event()
        self.is_behind = False

    def offer(self, team_id: int, sweep_id: int, event: ServerSentEvent) -> None:
        """Takes the event if it is for this stream."""
        if team_id != self._team_id or self._sweep_id not in (None, sweep_id):
            return
        self._held.append(event)
        if len(self._held) > MOST_HELD:
            self._held, self.is_behind = [], True
        self.wake()

    def wake(self) -> None:
        self._heard.set()

    def taken(self) -> list[ServerSentEvent]:
        """What was heard since this was last asked."""
        held, self._held = self._held, []
        self._heard.clear()
        return held

    def begin_again(self) -> None:
        """Whoever calls this reads the ledger up to the hub's horizon."""
        self._held, self.is_behind = [], False
        self._heard.clear()

    async def wait(self, seconds: float) -> None:
        """Until something was heard, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        except TimeoutError:
            return


class EventHub:
    """Works while somebody listens. Used from one event loop."""

    def __init__(self, ledger: Ledger, closing: Callable[[], bool]) -> None:
        """`closing` says that the service shuts down: all streams then end."""
        self._ledger = ledger
        self.closing = closing
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.horizon = 0
        """Events above it are told to the listeners; those up to it are in the ledger, and no other will be."""

    def listening(self, team_id: int, sweep_id: int | None = None) -> "Listening":
        """`async with` it: a listener who hears everything above the horizon."""
        return Listening(self, Listener(team_id, sweep_id))

    async def add(self, listener: Listener) -> None:
        """Returns once the listener hears everything above the horizon."""
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(self._follow())
        await self._ready.wait()

    def discard(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def _follow(self) -> None:
        horizon, problem = self._ledger.events.horizon(), None
        while self._listeners and not self.closing():
            try:
                await self._look(horizon)
                problem = None
            except Exception as error:  # the ledger may be away; whatever it is, the next look is a new chance
                if problem is None:
                    log.exception("event streams wait for the ledger")
                problem = error
            await asyncio.sleep(POLL_SECONDS)
        self._ready.set()
        for listener in self._listeners:
            listener.wake()

    async def _look(self, horizon: Horizon) -> None:
        reached = await run_in_threadpool(horizon.look)
        if reached is None:
            return
        while self._ready.is_set() and self.horizon < reached:
            page = await run_in_threadpool(self._ledger.events.of_all, self.horizon, reached, PAGE)
            for team_id, event in page:
                sent = as_sent(event)
                for listener in self._listeners:
                    listener.offer(team_id, event.sweep_id, sent)
            self.horizon = reached if len(page) < PAGE else page[-1][1].id
        self.horizon = max(self.horizon, reached)
        self._ready.set()


class Listening:
    """Not a generator: the event loop, where it ends, closes all of those at once and in no order, while ours would
    still be needed by the stream that is within it."""

    def __init__(self, hub: EventHub, listener: Listener) -> None:
        self._hub = hub
        self._listener = listener

    async def __aenter__(self) -> Listener:
        try:
            await self._hub.add(self._listener)
        except BaseException:
            self._hub.discard(self._listener)
            raise
        return self._listener

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hub.discard(self._listener)


def as_sent(event: EventRecord) -> ServerSentEvent:
    """The event on the wire."""
    data = {"sweep": event.sweep_id, "at": utc(event.at).isoformat()} | event.data
    return ServerSentEvent(id=str(event.id), event=event.kind, raw_data=json.dumps(data, separators=(",", ":")))
