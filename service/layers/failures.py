"""An answer even where we fail, from inside of what gives every answer its headers."""

import logging

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems.errors import unforeseen
from service.route_names import RouteNames

log = logging.getLogger("npsweep.failures")


class Failures:
    """Middleware. What is wrong is told to the log alone, under the request's id."""

    def __init__(self, app: ASGIApp, names: RouteNames) -> None:
        self.app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            if _has_left(error):
                return
            log.error("%s %s failed", scope["method"], self._names.of(scope), exc_info=error)
            if has_begun:
                raise
            await unforeseen()(scope, receive, send)


def _has_left(error: Exception) -> bool:
    """Whether all that is wrong is that the client of a stream went away while there was something to send."""
    return isinstance(error, ExceptionGroup) and error.split(anyio.BrokenResourceError)[1] is None
