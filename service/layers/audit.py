"""The audit log is written here and nowhere else, so every route that changes something is in it, also a new one.

A page's is in it under the same name as the API's that does the same.
"""

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems.details import shown
from sweeps.ledger import Ledger
from sweeps.ledger.audit import LONGEST_TARGET
from sweeps.ledger.noting import Changes, noting
from sweeps.redaction import redacted

log = logging.getLogger(__name__)

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
CHANGES_NOTHING = {"x-changes-nothing": True}
"""A route says so (`openapi_extra`) where it only checks what is posted: it is not recorded,
and its answer is not kept under an idempotency key."""
RECOVERY = "recover_admin_token"
"""What `npsweep admin-token` is called, which goes through no route."""
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

        with noting() as changes:

            async def written(status: int) -> None:
                await run_in_threadpool(self._write, scope, status, changes if status < 400 else {})

            watched = Watched(send, written)
            try:
                await self.app(scope, receive, watched)
            except Exception:
                if not watched.has_begun:
                    await written(500)
                raise

    def _write(self, scope: Scope, status: int, changes: Changes) -> None:
        caller, route = scope.get("state", {}).get("caller"), scope.get("route")
        if caller is None or route is None or not _is_recorded(status):
            return
        if changes_nothing(route):
            return
        request_id = scope["state"].get("request_id") or uuid.uuid4().hex
        target = redacted(scope["path"][:LONGEST_TARGET])
        try:
            told = {name: [shown(value) for value in pair] for name, pair in changes.items()}
            self._ledger.audit.add(caller, route.name, target, status, request_id, told)
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


def actions(app: FastAPI) -> list[str]:
    """What the log calls what is done, in alphabetical order: the names of all routes that change something."""
    changing = (one.original_route for one in iter_route_contexts(app.routes) if set(one.methods or ()) & set(CHANGING))
    named = {route.name for route in changing if isinstance(route, APIRoute) and not changes_nothing(route)}
    return sorted(named | {RECOVERY})


def changes_nothing(route: Any) -> bool:
    """Whether a route, once the router has found it, only checks."""
    return CHANGES_NOTHING.items() <= (getattr(route, "openapi_extra", None) or {}).items()


def _is_recorded(status: int) -> bool:
    """What was refused for another reason than its caller has changed nothing."""
    return status < 400 or status == NOT_ALLOWED or status >= 500
