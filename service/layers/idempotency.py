"""Idempotency-Key: a POST that is repeated under its key is carried out once and answered the same each time."""

import hashlib
import logging
import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.layers.audit import changes_nothing
from service.layers.door import LET_IN
from service.problems.details import Finding, problem, shown
from service.problems.errors import STATUS, answer_to
from sweeps.ledger import Ledger
from sweeps.ledger.answers import Answer
from sweeps.ledger.once import Claim, under
from sweeps.ledger.records import Caller

log = logging.getLogger(__name__)

KEY = re.compile(r"[\x21-\x7e]{1,200}")
RULE = "must be 1 to 200 visible ASCII characters"
REPEATED = ("content-type", "location", "etag")
"""Headers that are kept with an answer."""
NOT_KEPT = frozenset({401, 403, 408, 409, 412, 425, 429})
"""What a repetition may be answered otherwise, since nothing was done and things change."""
SECRET = re.compile(rb"nps_[\w-]{43}")
"""A whole API token: an answer that shows one is not kept."""


class Idempotency:
    """Middleware inside the door, around every POST under /api; by the ledger's `once` even a crash repeats nothing."""

    def __init__(self, app: ASGIApp, ledger: Ledger, lease: float) -> None:
        """`lease`: seconds after which a request that has not answered counts as dead."""
        self.app = app
        self._ledger = ledger
        self._lease = lease

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        try:
            answer = await self._answer(scope["state"][LET_IN], key, scope, receive)
        except tuple(STATUS) as error:
            answer = answer_to(error)
        if answer is not None:
            await answer(scope, receive, send)

    async def _answer(self, caller: Caller, key: str, scope: Scope, receive: Receive) -> Response | None:
        """None where the client went away before the whole request had come in."""
        if not KEY.fullmatch(key):
            return _bad_key(key)
        try:
            body = await _whole(receive)
        except HTTPException as error:
            return problem(error.status_code, "body-too-large", str(error.detail))
        if body is None:
            return None
        digest = _digest(caller, scope, body)
        found = await run_in_threadpool(self._ledger.answers.claim, caller.user_id, key, digest, self._lease)
        if isinstance(found, Answer):
            return Response(found.body, found.status, found.headers | {"Idempotency-Replayed": "true"})
        return await self._carried_out(found, scope, _replayed(body, receive))

    async def _carried_out(self, claim: Claim, scope: Scope, receive: Receive) -> Response:
        captured = Captured()
        try:
            with under(claim):
                await self.app(scope, receive, captured.send)
        except Exception:
            await run_in_threadpool(self._settle, claim, None)
            raise
        await run_in_threadpool(self._settle, claim, None if changes_nothing(scope.get("route")) else captured.answer())
        return captured.response()

    def _settle(self, claim: Claim, answer: Answer | None) -> None:
        """Whatever becomes of this, the deed is marked: a repetition does not do it again."""
        kept = answer is not None and answer.status < 500 and answer.status not in NOT_KEPT
        try:
            if answer is not None and kept:
                self._ledger.answers.finish(claim, answer)
            else:
                self._ledger.answers.release(claim)
        except tuple(STATUS) as error:
            log.warning("an answer could not be kept under its idempotency key: %s", error)


class Captured:
    """An answer that is held back until it is kept."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")

    def answer(self) -> Answer:
        """As it is kept."""
        headers = Headers(raw=self._headers)
        kept = {name: headers[name] for name in REPEATED if name in headers}
        return Answer(self._status, kept, None if SECRET.search(self._body) else self._body)

    def response(self) -> Response:
        """As it is sent."""
        response = Response(self._body, self._status)
        response.raw_headers = self._headers
        return response


def _key(scope: Scope) -> str | None:
    is_post = scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith("/api/")
    keys = Headers(scope=scope).getlist("idempotency-key") if is_post else []
    return ", ".join(keys) if keys else None


async def _whole(receive: Receive) -> bytes | None:
    """The body; None where the client went away."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once more, then whatever the client sends."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _digest(caller: Caller, scope: Scope, body: bytes) -> str:
    """Token, method, path, query and body, so that two requests are the same only if all of it is: another token of
    the same user, which may do less, is not shown what was answered to this one."""
    digest = hashlib.sha256()
    who = f"{caller.team_id} {caller.user_id} {caller.token_id}".encode()
    for part in (who, b"POST", scope["path"].encode(), scope.get("query_string", b""), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _bad_key(key: str) -> Response:
    remedy = "send a fresh UUID, or leave the header out"
    finding = Finding(field="Idempotency-Key", value=shown(key), rule=RULE, remedy=remedy)
    return problem(422, "invalid-parameter", f"Idempotency-Key: {RULE}; {remedy}", [finding])
