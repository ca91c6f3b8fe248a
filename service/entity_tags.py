"""ETag, If-None-Match and If-Match: what a client has already is not sent again, and nobody overwrites unseen changes.

A tag is the hash of the answer. Before that, a sweep's tag has the sweep's version: If-Match compares that alone, so
the progress of a running sweep is no change, while a move of its state and what people do to it are.
"""

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sweeps.ledger.versions import expecting

BIGGEST_BODY = 4_000_000
"""What is longer is neither held in memory nor tagged."""
TAG = re.compile(r'(?:W/)?"([!#-~]*)"')
VERSION = re.compile(r"(\d{1,9})-")
REVALIDATE = "private, no-cache"
"""A client may keep a tagged answer, if it asks each time whether it still holds."""
OF_A_BODY = ("content-length", "content-type")


class EntityTags:
    """Middleware. A route that answers with a sweep sets `request.state.version`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_get = scope["method"] == "GET"
        tagged = Tagged(scope, send, headers.get("if-none-match") if is_get else None)
        with expecting(None if is_get else _versions(headers.get("if-match"))):
            await self.app(scope, receive, tagged)


class Tagged:
    """Sends an answer on with its tag, or 304 where the client has it."""

    def __init__(self, scope: Scope, send: Send, known: str | None) -> None:
        self._scope = scope
        self._send = send
        self._known = known
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._can_be_tagged(message):
            self._start = message
        elif self._start is not None:
            start, self._start = self._start, None
            if not message.get("more_body", False):
                start, message = self._with_tag(start, message)
            await self._send(start)
            await self._send(message)
        else:
            await self._send(message)

    def _can_be_tagged(self, start: Message) -> bool:
        """Whole answers of moderate length: no streams."""
        length = Headers(raw=start["headers"]).get("content-length", "")
        is_read = self._scope["method"] == "GET" or "version" in self._scope["state"]
        return is_read and 200 <= start["status"] < 300 and length.isdecimal() and int(length) <= BIGGEST_BODY

    def _with_tag(self, start: Message, body: Message) -> tuple[Message, Message]:
        digest = hashlib.sha256(body.get("body", b"")).hexdigest()[:32]
        version = self._scope["state"].get("version")
        tag = digest if version is None else f"{version}-{digest}"
        headers = MutableHeaders(scope=start)
        headers["ETag"] = f'"{tag}"'
        if self._scope["method"] == "GET":
            headers.setdefault("Cache-Control", REVALIDATE)
        if self._known is None or not (self._known.strip() == "*" or tag in TAG.findall(self._known)):
            return start, body
        for name in OF_A_BODY:
            del headers[name]
        return {**start, "status": 304}, {**body, "body": b""}


def _versions(if_match: str | None) -> frozenset[int] | None:
    """The versions that If-Match names; a tag that is none of ours names none, and then nothing matches."""
    if if_match is None or if_match.strip() == "*":
        return None
    named = (VERSION.match(tag) for tag in TAG.findall(if_match))
    return frozenset(int(version[1]) for version in named if version)
