"""Keeps one token from taking the service from all others, and strangers from trying tokens.

Whether a token is good is looked at first: others' failures at the same address, which may be a whole lab's, hold up
nobody but who fails.
"""

import hashlib

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.layers.buckets import Buckets
from service.problems.details import too_many
from service.sessions import COOKIE
from service.settings import ServiceSettings

WITH_TOKEN = ("/api/", "/metrics", "/readyz")
"""Elsewhere people are known by a cookie."""
OPEN = ("/static/", "/docs", "/openapi.json", "/healthz")
"""What everybody may ask, and as often as they like."""


class RateLimit:
    """Middleware around everything that takes a token or a session."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self.app = app
        self._tokens = Buckets(settings.rate_per_second, settings.rate_burst)
        self._failures = Buckets(settings.failures_per_second, settings.failures_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OPEN):
            await self.app(scope, receive, send)
            return
        token, address = _token(scope), scope["client"][0] if scope.get("client") else ""
        wait = self._tokens.take(token) if token else 0.0
        if wait:
            refusal = too_many("requests", "this token sends more requests than the service takes", wait)
            await refusal(scope, receive, send)
            return
        is_refused = False

        async def counting(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and message["status"] == 401:
                wait = self._failures.take(address)
                is_refused = wait > 0
                if is_refused:
                    refusal = too_many("failures", "too many requests from here had no valid token", wait)
                    await refusal(scope, receive, send)
            if not is_refused:
                await send(message)

        await self.app(scope, receive, counting)


def _token(scope: Scope) -> str | None:
    """The hash of the token, or of the session's secret that stands for it: they themselves are kept nowhere."""
    headers = Headers(scope=scope)
    is_program = scope["path"].startswith(WITH_TOKEN)
    given = headers.get("authorization") if is_program else cookie_parser(headers.get("cookie", "")).get(COOKIE)
    return hashlib.sha256(given.encode()).hexdigest() if given else None
