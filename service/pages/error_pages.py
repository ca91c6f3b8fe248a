"""Problems as pages, for whoever reads them in a browser; scripts and programs get them as they are."""

from typing import Any

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.pages.addresses import FOR_PROGRAMS
from service.pages.same_origin import SAFE
from service.pages.templating import page
from service.problems.details import SHOWN_AS
from service.sessions import came_from

NOT_OURS = (*FOR_PROGRAMS, "/static/")
TITLES = {
    403: "You cannot do this",
    404: "There is nothing here",
    413: "That is too large",
    422: "This address does not fit",
    429: "Slow down for a moment",
    500: "Something went wrong here",
    503: "The service is not ready",
}
"""In place of a problem's own title, which is for programs."""


class ErrorPages:
    """Middleware around everything that answers with problems."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(NOT_OURS) and asks_for_page(Headers(scope=scope)):

            def as_page(body: dict[str, Any], headers: dict[str, str]) -> Response:
                return _page(Request(scope), body, headers)

            scope.setdefault("state", {})[SHOWN_AS] = as_page
        await self.app(scope, receive, send)


def asks_for_page(headers: Headers) -> bool:
    """Browsers name HTML first where a person goes to an address; our scripts name JSON first."""
    return headers.get("accept", "").startswith("text/html")


def _page(request: Request, body: dict[str, Any], headers: dict[str, str]) -> Response:
    status: int = body["status"]
    kept = {name: value for name, value in headers.items() if name.lower() != "www-authenticate"}
    title = TITLES.get(status, body["title"])
    is_form = request.method not in SAFE
    wait = headers.get("Retry-After") if status == 503 and not is_form else None
    own = {"problem": body, "heading": title, "wait": wait, "form": came_from(request) if is_form else None}
    return page(request, "error.html", status=status, headers=kept, **own)
