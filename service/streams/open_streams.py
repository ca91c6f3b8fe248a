"""Event streams that are open: counted, and so many a token, since each keeps a connection and is written to."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from fastapi import Request
from prometheus_client import Gauge

from service.dependencies import KnownCaller
from service.problems.refusals import TooManyStreams
from sweeps.ledger.records import Caller


class OpenStreams:
    """Of one process. Used from one event loop."""

    def __init__(self, gauge: Gauge, most: int) -> None:
        """`most`: of one token; 0 for any number."""
        self._gauge = gauge
        self._most = most
        self._open: Counter[int] = Counter()

    @contextmanager
    def one_more(self, caller: Caller) -> Iterator[None]:
        """While it is open. Raises TooManyStreams where the caller's token has as many as it may."""
        token = caller.token_id
        if 0 < self._most <= self._open[token]:
            raise TooManyStreams(
                f"your token has {self._most} event streams open, as many as it may; close one, follow all of the "
                "team's sweeps by GET /api/v1/events, or ask the operator for a larger NPSWEEP_STREAMS_PER_TOKEN"
            )
        self._open[token] += 1
        try:
            with self._gauge.track_inprogress():
                yield
        finally:
            self._open[token] -= 1
            if not self._open[token]:
                del self._open[token]


async def one_more_stream(request: Request, caller: KnownCaller) -> AsyncIterator[None]:
    """For a route that answers with a stream: it is open until the answer has ended. Raises TooManyStreams."""
    streams: OpenStreams = request.app.state.streams
    with streams.one_more(caller):
        yield
