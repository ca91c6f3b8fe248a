"""ETag, If-None-Match and If-Match: what a client has already is not sent again, and nobody overwrites unseen changes.

A tag is the hash of the answer. Before that, a sweep's tag has the sweep's version: If-Match compares that alone, so
the progress of a running sweep is no change, while a move of its state and what people do to it are.
"""

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.layers.bodiless import bodiless
from service.problems.details import problem
from sweeps.ledger.versions import expecting

BIGGEST_BODY = 4_000_000
"""What is longer is neither held in memory nor tagged."""
TAG = re.compile(r'(W/)?"([!#-~]*)"')
VERSION = re.compile(r"(\d{1,9})-")
VERSIONED = "/api/v1/sweeps/"
"""What lies under it can be changed by If-Match."""
NO_VERSIONS = (
    "If-Match: only sweeps have versions that it could name, so nothing was done; leave it out, or send it with a "
    f"request under {VERSIONED}{{sweep_id}}"
)
REVALIDATE = "private, no-cache"
"""A client may keep a tagged answer, if it asks each time whether it still holds."""


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
        versions = None if is_get else _versions(headers.get("if-match"))
        if versions is not None and not scope["path"].startswith(VERSIONED):
            await problem(412, "no-versions", NO_VERSIONS)(scope, receive, send)
            return
        tagged = Tagged(scope, send, headers.get("if-none-match") if is_get else None)
        with expecting(versions):
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
        if self._known is None or not (self._known.strip() == "*" or tag in named_tags(self._known)):
            return start, body
        return bodiless(start, 304), {**body, "body": b""}


def named_tags(if_none_match: str) -> set[str]:
    """The tags that it names, weak or strong: here they are compared weakly (RFC 9110, 13.1.2)."""
    return {opaque for _, opaque in TAG.findall(if_none_match)}


def _versions(if_match: str | None) -> frozenset[int] | None:
    """The versions that If-Match names. A weak tag matches nothing (RFC 9110, 13.1.1); nor does one that is none of
    ours, since it names none."""
    if if_match is None or if_match.strip() == "*":
        return None
    named = (VERSION.match(opaque) for weak, opaque in TAG.findall(if_match) if not weak)
    return frozenset(int(version[1]) for version in named if version)
