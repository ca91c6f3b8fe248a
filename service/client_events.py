"""Event streams for the client: read line by line, and taken up again where they break off."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

import httpx

from service.views import Event

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0

Connect = Callable[[dict[str, str]], AbstractContextManager[tuple[bool, httpx.Response]]]
"""Opens the stream with these headers, and says whether what it tells of was over before."""


def followed(connect: Connect, after: int | None, patience: float) -> Iterator[Event]:
    """Every event above id `after` of a stream, connected again and again until it tells of what was over.

    Raises httpx.TransportError where nobody answers for `patience` seconds.
    """
    last, since, wait = after, time.monotonic(), FIRST_WAIT_SECONDS
    while True:
        try:
            with connect({} if last is None else {"Last-Event-ID": str(last)}) as (was_over, answer):
                for id, event in parsed(answer.iter_lines()):
                    last, since, wait = id, time.monotonic(), FIRST_WAIT_SECONDS
                    if event is not None:
                        yield event
            if was_over:
                return
        except httpx.TransportError:
            if time.monotonic() - since > patience:
                raise
        time.sleep(wait)
        wait = min(2.0 * wait, LONGEST_WAIT_SECONDS)


def parsed(lines: Iterable[str]) -> Iterator[tuple[int, Event | None]]:
    """The events in a stream's lines, each with its id; an id may come alone."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line and name:  # else a comment, which keeps the connection alive
            fields[name] = value.removeprefix(" ")
        elif not line and "id" in fields:
            yield int(fields["id"]), _event(fields) if "data" in fields else None
            fields = {}


def _event(fields: dict[str, str]) -> Event:
    data = json.loads(fields["data"])
    sweep, at = data.pop("sweep"), data.pop("at")
    return Event(id=int(fields["id"]), kind=fields["event"], sweep=sweep, at=at, data=data)
