"""Event streams for the client: read line by line, and taken up again where they break off."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx

from service.answers.views import Event

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0

Connect = Callable[[dict[str, str]], AbstractContextManager[tuple[bool, httpx.Response]]]
"""Opens the stream with these headers, and says whether what it tells of was over before."""


@dataclass(frozen=True)
class Received:
    """One event as it came. Without data it only says from where to go on."""

    id: str
    kind: str
    data: dict[str, Any] | None


def followed(connect: Connect, after: str | None, patience: float) -> Iterator[Received]:
    """Every event behind id `after` of a stream, connected again and again until it tells of what was over.

    Raises httpx.TransportError where nobody answers for `patience` seconds.
    """
    last, since, wait = after, time.monotonic(), FIRST_WAIT_SECONDS
    while True:
        try:
            with connect({} if last is None else {"Last-Event-ID": last}) as (was_over, answer):
                for event in parsed(answer.iter_lines()):
                    last, since, wait = event.id, time.monotonic(), FIRST_WAIT_SECONDS
                    if event.data is not None:
                        yield event
            if was_over:
                return
        except httpx.TransportError:
            if time.monotonic() - since > patience:
                raise
        time.sleep(wait)
        wait = min(2.0 * wait, LONGEST_WAIT_SECONDS)


def parsed(lines: Iterable[str]) -> Iterator[Received]:
    """The events in a stream's lines."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line and name:  # else a comment, which keeps the connection alive
            fields[name] = value.removeprefix(" ")
        elif not line and "id" in fields:
            data = json.loads(fields["data"]) if "data" in fields else None
            yield Received(fields["id"], fields.get("event", ""), data)
            fields = {}


def as_event(received: Received) -> Event:
    """What happened to a sweep."""
    data = dict(received.data or {})
    sweep, at = data.pop("sweep"), data.pop("at")
    return Event(id=int(received.id), kind=received.kind, sweep=sweep, at=at, data=data)
