"""The audit log is written here and nowhere else, so every route that changes something is in it, also a new one.

A page's is in it under the same name as the API's that does the same.
"""

import logging
import uuid
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sweeps.ledger import Ledger
from sweeps.ledger.audit import LONGEST_TARGET
from sweeps.redaction import redacted

log = logging.getLogger(__name__)

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
CHANGES_NOTHING = {"x-changes-nothing": True}
"""A route says so (`openapi_extra`) where it only checks what is posted: it is not recorded,
and its answer is not kept under an idempotency key."""
NOT_ALLOWED = 403

Written = Callable[[int], Awaitable[None]]


class Audit:
    """Middleware. A request is recorded once its answer is known and before it is sent: where it has succeeded, was
    refused for the caller's role, or has failed halfway. A row that cannot be written is logged, no failure."""

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self.app = app
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in CHANGING:
            await self.app(scope, receive, send)
            return

        async def written(status: int) -> None:
            await run_in_threadpool(self._write, scope, status)

        watched = Watched(send, written)
        try:
            await self.app(scope, receive, watched)
        except Exception:
            if not watched.has_begun:
                await written(500)
            raise

    def _write(self, scope: Scope, status: int) -> None:
        caller, route = scope.get("state", {}).get("caller"), scope.get("route")
        if caller is None or route is None or not _is_recorded(status):
            return
        if changes_nothing(scope):
            return
        request_id = scope["state"].get("request_id") or uuid.uuid4().hex
        target = redacted(scope["path"][:LONGEST_TARGET])
        try:
            self._ledger.audit.add(caller, route.name, target, status, request_id)
        except Exception:  # whatever it is: what was done is done, and its answer must not be another
            log.exception("the audit log misses %s %s by user %s", route.name, target, caller.user_id)


class Watched:
    """Sends an answer on after its status was written down."""

    def __init__(self, send: Send, written: Written) -> None:
        self._send = send
        self._written = written
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            await self._written(message["status"])
        await self._send(message)


def changes_nothing(scope: Scope) -> bool:
    """Whether the request's route, once the router has found it, only checks."""
    said = getattr(scope.get("route"), "openapi_extra", None) or {}
    return CHANGES_NOTHING.items() <= said.items()


def _is_recorded(status: int) -> bool:
    """What was refused for another reason than its caller has changed nothing."""
    return status < 400 or status == NOT_ALLOWED or status >= 500
