"""When a client sends a request again, and how long it waits before: only where that can do nothing twice."""

import random
import time

import httpx

REPEATABLE = ("GET", "HEAD", "PUT")
"""Beside a POST under an idempotency key."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
TRIES_WHERE_NOBODY_LISTENS = 4
BUSY_SECONDS = 20.0
"""How long a service that is overloaded, or has no ledger, is asked again."""
IN_WORK_SECONDS = 75.0
"""How long the answer to an own earlier attempt is waited for: a service that died with it is given up after 60."""
IN_WORK = "urn:npsweep:problem:idempotency-key-in-use"


class Retries:
    """Of one request. Each question is answered with the seconds to wait, or None: give up."""

    def __init__(self, tries: int) -> None:
        self._tries = tries
        self._sent = 0
        self._began = time.monotonic()

    def after_error(self, request: httpx.Request, error: httpx.TransportError) -> float | None:
        """The connection broke, or there was none."""
        self._sent += 1
        if isinstance(error, httpx.UnsupportedProtocol):
            return None
        nobody_listens = isinstance(error, httpx.ConnectError)
        safe = nobody_listens or request.method in REPEATABLE or "Idempotency-Key" in request.headers
        tries = min(self._tries, TRIES_WHERE_NOBODY_LISTENS) if nobody_listens else self._tries
        return self._pause() if safe and self._sent < tries else None

    def after_answer(self, answer: httpx.Response) -> float | None:
        """The service answered; it may have asked to be asked again."""
        self._sent += 1
        asked = answer.headers.get("Retry-After", "")
        if not asked.isdecimal():
            return None
        pause = max(float(asked), self._pause())
        return pause if time.monotonic() - self._began + pause < _patience(answer) else None

    def _pause(self) -> float:
        """Twice as long each time, and never in step with other clients."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._sent - 1, 10))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _patience(answer: httpx.Response) -> float:
    if answer.status_code in (429, 503):
        return BUSY_SECONDS
    return IN_WORK_SECONDS if answer.status_code == 409 and IN_WORK in answer.text else 0.0
