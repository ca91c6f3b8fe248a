"""Whether whoever opened a stream may still hear it: a token that has ended ends what was begun with it."""

import time
from typing import Annotated

from fastapi import Depends, Request

from service.reading import read
from sweeps.ledger import Ledger
from sweeps.ledger.errors import LedgerUnreachable

ASKED_AFTER_SECONDS = 5.0


class Welcome:
    """One caller's; `lasts` may be called as often as one likes."""

    def __init__(self, ledger: Ledger, token: str) -> None:
        self._ledger = ledger
        self._token = token
        self._asked_at = time.monotonic()

    async def lasts(self) -> bool:
        """False where the token is revoked or has expired, or its user was deactivated, since a few seconds at most."""
        if time.monotonic() - self._asked_at < ASKED_AFTER_SECONDS:
            return True
        self._asked_at = time.monotonic()
        try:
            return await read(self._ledger, self._ledger.accounts.caller, self._token) is not None
        except LedgerUnreachable:
            return True  # it is asked again, and until then there is nothing to hear


async def welcome(request: Request) -> Welcome:
    """The caller's, whom the door has let in by this token."""
    return Welcome(request.app.state.ledger, request.headers["authorization"].partition(" ")[2])


TheWelcome = Annotated[Welcome, Depends(welcome)]
