"""Lets in who has a token, before anything else of a request is looked at: nobody else learns what there is."""

import logging

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.metrics import Metrics
from service.problems.details import ProblemResponse
from service.problems.errors import answer_to
from service.problems.refusals import NotAuthenticated
from service.reading import read
from sweeps.ledger import Ledger
from sweeps.ledger.accounts import is_use_known
from sweeps.ledger.errors import LedgerUnreachable
from sweeps.ledger.records import Caller

log = logging.getLogger(__name__)

LET_IN = "caller"
"""Where in a request's state its caller stands."""


class Door:
    """Middleware before every address that begins as one of `closed`; whoever comes in is in `request.state.caller`."""

    def __init__(self, app: ASGIApp, ledger: Ledger, metrics: Metrics, closed: tuple[str, ...]) -> None:
        self.app = app
        self._ledger = ledger
        self._metrics = metrics
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self._closed):
            found = await read(self._ledger, self._look, Headers(scope=scope).get("authorization", ""))
            if isinstance(found, ProblemResponse):
                await found(scope, receive, send)
                return
            await note_use(self._ledger, found)
            scope["state"][LET_IN] = found
        await self.app(scope, receive, send)

    def _look(self, authorization: str) -> Caller | ProblemResponse:
        """Whoever it is, or why they stay outside."""
        try:
            return caller_of(self._ledger, authorization)
        except NotAuthenticated as error:
            return answer_to(error)
        except LedgerUnreachable as error:
            self._metrics.ledger_errors.inc()
            return answer_to(error)


def caller_of(ledger: Ledger, authorization: str) -> Caller:
    """Whose token an Authorization header shows. Raises NotAuthenticated, or LedgerUnreachable."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("send your API token as `Authorization: Bearer <token>`")
    caller = ledger.accounts.caller(token)
    if caller is None:
        raise NotAuthenticated("this token is unknown, revoked or has expired; ask your team's admin for a new one")
    return caller


async def note_use(ledger: Ledger, caller: Caller) -> None:
    """Nobody is kept out of a ledger that can be read because it cannot be written."""
    if is_use_known(caller):
        return
    try:
        await run_in_threadpool(ledger.accounts.was_used, caller)
    except LedgerUnreachable as error:
        log.warning("the use of token %s is not noted: %s", caller.token_id, error)
