"""Compressed answers, with tags of their own: two encodings of an answer are not the same bytes (RFC 9110, 8.8.3.3).

Further in, nobody knows of it: what a client knows compressed counts as known.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1_000
"""In bytes; what is shorter is sent as it is."""
END = '-gzip"'
"""How the tag of a compressed answer ends."""


class Compression:
    """Middleware outside of everything that makes or compares tags."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = GZipMiddleware(app, minimum_size=SMALLEST, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")
        if END in known:
            scope["headers"] = [(name, _as_tagged(name, value)) for name, value in scope["headers"]]

        async def retagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = headers.get("etag", "").removesuffix('"') + END
                is_known = message["status"] == 304 and own in known
                if "etag" in headers and (is_known or headers.get("content-encoding") == "gzip"):
                    headers["ETag"] = own
            await send(message)

        await self.app(scope, receive, retagged)


def _as_tagged(name: bytes, value: bytes) -> bytes:
    return value.replace(END.encode(), b'"') if name == b"if-none-match" else value
