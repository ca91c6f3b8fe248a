"""A sweep's logs by page and as a stream; a cursor says how far each of its files was read."""

import asyncio
import base64
import json
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import islice

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.answers.describe import log_entry
from service.answers.views import LogPage
from service.problems.refusals import BadPosition
from service.streams.welcome import Welcome
from sweeps.ledger import Ledger
from sweeps.ledger.errors import NoSuchSweep
from sweeps.logs.reading import LogEntry, Logs, Position

POLL_SECONDS = 0.5
AT_ONCE = 500
MOST_BYTES = 1_000_000
"""Of a cursor unpacked; it is packed since an address has little room, and a sweep may have hundreds of files."""


@dataclass(frozen=True)
class Wanted:
    """Which part of a sweep's logs."""

    sweep_id: int
    attempt: int | None
    source: str | None


def log_page(logs: Logs, wanted: Wanted, start: Position, limit: int) -> LogPage:
    """The page behind a position."""
    return _page(_read(logs, wanted, start, limit), start, limit)


def last_page(logs: Logs, wanted: Wanted, last: int) -> LogPage:
    """The last entries that there are now."""
    start = logs.near_the_end(wanted.sweep_id)
    found = deque(logs.entries(wanted.sweep_id, start, wanted.attempt, wanted.source), maxlen=last)
    return _page(list(found), start, last + 1)


async def log_stream(
    logs: Logs, ledger: Ledger, wanted: Wanted, position: Position, closing: Callable[[], bool], welcome: Welcome
) -> AsyncIterator[ServerSentEvent]:
    """Everything behind the position, and what is said from now on, until the sweep has ended or
    the caller is welcome no longer."""
    while not closing() and await welcome.lasts():
        ended = await run_in_threadpool(_has_ended, ledger, wanted.sweep_id)
        found = await run_in_threadpool(_read, logs, wanted, position, AT_ONCE)
        for entry, position in found:
            data = log_entry(entry).model_dump_json()
            yield ServerSentEvent(id=_cursor(position), event="log", raw_data=data)
        if ended and not found:
            return
        if not found:
            await asyncio.sleep(POLL_SECONDS)


def _read(logs: Logs, wanted: Wanted, start: Position, limit: int) -> list[tuple[LogEntry, Position]]:
    return list(islice(logs.entries(wanted.sweep_id, start, wanted.attempt, wanted.source), limit))


def _page(found: list[tuple[LogEntry, Position]], start: Position, limit: int) -> LogPage:
    reached = _cursor(found[-1][1] if found else start)
    is_last = len(found) < limit
    return LogPage(items=[log_entry(entry) for entry, _ in found], next=None if is_last else reached, position=reached)


def _has_ended(ledger: Ledger, sweep_id: int) -> bool:
    try:
        return ledger.sweeps.state(sweep_id).is_final
    except NoSuchSweep:
        return True


def _cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(position, separators=(",", ":")).encode(), 9)).decode()


def position_of(cursor: str | None) -> Position:
    """Where the cursor leads; the beginning without one. Raises BadPosition."""
    if not cursor:
        return {}
    try:
        found = json.loads(zlib.decompressobj().decompress(base64.urlsafe_b64decode(cursor.encode()), MOST_BYTES))
        if isinstance(found, dict) and all(_is_place(value) for value in found.values()):
            return found
    except (ValueError, RecursionError, zlib.error):
        pass
    raise BadPosition("cursor", cursor, "it is no position in logs", "send a `next` or `position` as it was given")


def _is_place(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**62
