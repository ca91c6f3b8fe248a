"""The outermost layer of a request: its id, its line in the log, its count."""

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import Metrics
from service.request_ids import HEADER, accepted_or_new, request_id
from service.route_names import RouteNames

log = logging.getLogger("npsweep.access")

GONE = 499
"""What the log says where nothing was answered, since the client went away."""


class Access:
    """Middleware. The line names the route, never the address: no id of a client's making, no query, no body."""

    def __init__(self, app: ASGIApp, names: RouteNames, metrics: Metrics) -> None:
        self.app = app
        self._names = names
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        own = accepted_or_new(Headers(scope=scope).get(HEADER))
        scope.setdefault("state", {})["request_id"] = own
        token = request_id.set(own)
        sent = Sent(send, own)
        method, began = scope["method"], time.perf_counter()
        try:
            await self.app(scope, receive, sent)
        finally:
            self._tell(method, scope, sent.status, time.perf_counter() - began)
            request_id.reset(token)

    def _tell(self, method: str, scope: Scope, status: int, seconds: float) -> None:
        caller, route = scope["state"].get("caller"), self._names.of(scope)
        self._metrics.answered(method, route, status, seconds)
        told = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "team": caller.team_id if caller else None,
            "user": caller.user_id if caller else None,
        }
        log.info(" ".join(f"{name}={value}" for name, value in told.items()), extra={"told": told})


class Sent:
    """What is sent, with the request's id; `status` is GONE until there is one."""

    def __init__(self, send: Send, request: str) -> None:
        self._send = send
        self._request = request
        self.status = GONE

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self._request
        await self._send(message)
