"""Keeps one token from taking the service from all others, and strangers from trying tokens.

A token that was good in this process is not held up by others' failures at the same address.
"""

import hashlib
import math
from collections import OrderedDict

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.buckets import MOST_KEYS, Buckets
from service.door import LET_IN
from service.pages.sessions import COOKIE
from service.problems import ProblemResponse, problem
from service.settings import ServiceSettings

WITH_TOKEN = ("/api/", "/metrics", "/readyz")
"""Elsewhere people are known by a cookie."""
OPEN = ("/static/", "/docs", "/openapi.json", "/healthz")
"""What everybody may ask, and as often as they like."""
OPEN_TO_STRANGERS = "/readyz"
"""The same, for who shows no token."""


class RateLimit:
    """Middleware around everything that takes a token or a session."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self.app = app
        self._tokens = Buckets(settings.rate_per_second, settings.rate_burst)
        self._failures = Buckets(settings.failures_per_second, settings.failures_burst)
        self._good: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OPEN):
            await self.app(scope, receive, send)
            return
        token, address = _token(scope), scope["client"][0] if scope.get("client") else ""
        if token is None and scope["path"] == OPEN_TO_STRANGERS:
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(token, address)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(token, address, message["status"], LET_IN in scope.get("state", {}))
            await send(message)

        await self.app(scope, receive, noting)

    def _refusal(self, token: str | None, address: str) -> ProblemResponse | None:
        if token not in self._good:
            wait = self._failures.wait(address)
            if wait:
                return _refused("too-many-failures", "too many requests from here had no valid token", wait)
        wait = self._tokens.take(token) if token else 0.0
        return (
            _refused("too-many-requests", "this token sends more requests than the service takes", wait)
            if wait
            else None
        )

    def _note(self, token: str | None, address: str, status: int, is_known: bool) -> None:
        """`is_known`: the door has let the token in; what is open to all says nothing of it."""
        if status == 401:
            self._failures.take(address)
            self._good.pop(token or "", None)
        elif token is not None and is_known:
            self._good[token] = None
            self._good.move_to_end(token)
            if len(self._good) > MOST_KEYS:
                self._good.popitem(last=False)


def _token(scope: Scope) -> str | None:
    """The hash of the token, or of the session's secret that stands for it: they themselves are kept nowhere."""
    headers = Headers(scope=scope)
    is_program = scope["path"].startswith(WITH_TOKEN)
    given = headers.get("authorization") if is_program else cookie_parser(headers.get("cookie", "")).get(COOKIE)
    return hashlib.sha256(given.encode()).hexdigest() if given else None


def _refused(name: str, reason: str, wait: float) -> ProblemResponse:
    seconds = math.ceil(wait)
    return problem(429, name, f"{reason}; go on in {seconds} s", headers={"Retry-After": str(seconds)})
