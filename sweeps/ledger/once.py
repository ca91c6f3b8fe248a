"""Once only: what is done under an idempotency key is marked in the transaction that does it.

So a repetition finds the mark exactly where the deed is, whenever the process was killed, and whoever lost the claim to
a repetition meanwhile can commit nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, select, update

from sweeps.ledger.errors import KeyInUse, KeyReused
from sweeps.ledger.tables import answers

SHOWN_ONCE = (
    "this request was carried out, and its answer held a secret, which is shown once; see what it has made in the "
    "list, revoke that, and send a new request with a new key"
)


@dataclass(frozen=True)
class Claim:
    """The right to act under a user's key until `until`, which also tells this claim from a later one."""

    user_id: int
    key: str
    until: float


_current: ContextVar[Claim | None] = ContextVar("claim", default=None)


@contextmanager
def under(claim: Claim) -> Iterator[None]:
    """Whatever is done inside, also in threads that are started with this context, is done under the claim."""
    token = _current.set(claim)
    try:
        yield
    finally:
        _current.reset(token)


def made_before(connection: Connection) -> int | None:
    """The id of what was made under the current key already; None where nothing was, or there is no key."""
    claim = _current.get()
    return None if claim is None else connection.scalar(select(answers.c.made).where(held(claim)))


def refuse_second_secret(connection: Connection) -> None:
    """Raises KeyReused where the current key has made something already, with a secret that nobody knows any more."""
    if made_before(connection) is not None:
        raise KeyReused(SHOWN_ONCE)


def mark(connection: Connection, made: int) -> None:
    """Writes that `made` is what the current key has made. Raises KeyInUse where the claim was taken over."""
    claim = _current.get()
    if claim is None:
        return
    mine = update(answers).where(held(claim), answers.c.made.is_(None))
    if not connection.execute(mine.values(made=made)).rowcount:
        raise KeyInUse("this request took so long that a repetition of it has taken over; ask for that one's answer")


def held(claim: Claim) -> ColumnElement[bool]:
    """Whether an answer's row still belongs to the claim."""
    return and_(answers.c.user_id == claim.user_id, answers.c.key == claim.key, answers.c.until == claim.until)
