"""Who is signed in on the web page. A session stands for the token that it was begun with, and ends with it.

Its secret is known to the browser alone; the ledger keeps the SHA-256.
"""

import secrets
import time

from sqlalchemy import Engine, bindparam, delete, insert, select

from sweeps.ledger.accounts import HOLDERS, caller_in
from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.records import Caller
from sweeps.ledger.tables import sessions, tokens
from sweeps.ledger.tokens import hashed

MOST_OF_A_TOKEN = 20
"""Browsers that are signed in with it at once; one more signs out who has been for the longest time."""


class Sessions:
    """Begin one, ask whose it is, end it."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def begin(self, token_id: int, seconds: float, instead_of: str | None = None) -> str:
        """A session of the token's holder, at most so long; returns its secret.

        Ends the browser's earlier one, whose secret is `instead_of`, and the token's oldest where it has too many.
        Those that are over are deleted.
        """
        secret, now = secrets.token_urlsafe(32), time.time()
        row = {"hash": hashed(secret), "token_id": token_id, "created_at": now, "until": now + seconds}
        of_token = sessions.c.token_id == token_id
        newest = select(sessions.c.id).where(of_token).order_by(sessions.c.id.desc()).limit(MOST_OF_A_TOKEN)
        with self._writing.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.until <= now))
            if instead_of is not None:
                connection.execute(delete(sessions).where(sessions.c.hash == hashed(instead_of)))
            connection.execute(insert(sessions).values(row))
            connection.execute(delete(sessions).where(of_token, sessions.c.id.not_in(newest)))
        return secret

    def caller(self, secret: str) -> Caller | None:
        """Who is signed in by it; None where it is unknown or over, or its token does not let anybody in any more."""
        with self._reading.connect() as connection:
            row = connection.execute(_BY_SESSION, {"hash": hashed(secret), "now": time.time()}).one_or_none()
        return None if row is None else caller_in(row)

    def end(self, secret: str) -> None:
        """Nothing happens where there is none."""
        with self._writing.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.hash == hashed(secret)))


_BY_SESSION = (
    HOLDERS.join(sessions, sessions.c.token_id == tokens.c.id)
    .where(sessions.c.hash == bindparam("hash"))
    .where(sessions.c.until > bindparam("now"))
)
