"""Headers that keep a browser from guessing types, framing our pages or storing answers."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

NOTHING_TO_RUN = "default-src 'none'; frame-ancestors 'none'"
"""For all but the documentation's page, which has scripts."""


class SafeHeaders:
    """Middleware; an answer that sets one of these itself keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Content-Security-Policy", NOTHING_TO_RUN)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
