"""Lets nobody else's page act in the name of who is signed in here."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.pages.addresses import FOR_PROGRAMS
from service.problems.details import problem

SAFE = ("GET", "HEAD", "OPTIONS")
OWN = ("same-origin", "none")
WHY = "this was sent by a page of another site, or by a program; open the page here, and for programs there is the API"


class SameOrigin:
    """Middleware before everything that a cookie opens; elsewhere nothing is done without a token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and not scope["path"].startswith(FOR_PROGRAMS)
        if is_page and scope["method"] not in SAFE and not _is_own(Headers(scope=scope)):
            await problem(403, "foreign-origin", WHY)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    """As the browser says, which no page can make it say; an older one, or one without https, says whence alone."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "?")
