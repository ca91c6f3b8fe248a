"""HEAD and OPTIONS for every address, and an Allow header that names all of its methods."""

import anyio
import anyio.lowlevel
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.layers.bodiless import bodiless
from service.route_names import RouteNames


class Methods:
    """Middleware. HEAD is a GET that ends with its headers, also where a stream would follow."""

    def __init__(self, app: ASGIApp, names: RouteNames) -> None:
        self.app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._head(scope, receive, send)
        else:
            await self.app(scope, receive, Allowing(scope, send, self._names))

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = {**scope, "method": "GET"}  # the server must not take it for one: it would wait for the body
        with anyio.CancelScope() as enough:

            async def headers_alone(message: Message) -> None:
                if enough.cancel_called:
                    await anyio.lowlevel.checkpoint()  # which ends it
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                enough.cancel()

            try:
                await self.app(asked, receive, headers_alone)
            finally:
                scope["route"] = asked.get("route")  # for the log


class Allowing:
    """Sends an answer on; one that refuses the method with all that are allowed, which is what OPTIONS asks for."""

    def __init__(self, scope: Scope, send: Send, names: RouteNames) -> None:
        self._scope = scope
        self._send = send
        self._names = names
        self._is_told = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 405:
            message = self._allowed(message)
        elif self._is_told:
            message = {**message, "body": b""}
        await self._send(message)

    def _allowed(self, start: Message) -> Message:
        headers = MutableHeaders(scope=start)
        headers["Allow"] = ", ".join(self._names.methods(self._scope))
        if self._scope["method"] != "OPTIONS":
            return start
        self._is_told = True
        return bodiless(start, 204)
