"""Answers kept under idempotency keys, so that a request can be repeated safely for a day."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, select, tuple_, update

from sweeps.ledger.engine import Writer
from sweeps.ledger.errors import KeyInUse, KeyReused
from sweeps.ledger.insertion import insert_into
from sweeps.ledger.once import SHOWN_ONCE, Claim, held
from sweeps.ledger.tables import answers

LEASE_SECONDS = 60.0
"""After so long without an answer, whoever works under a key counts as dead."""
KEPT_SECONDS = 24 * 3600.0
SWEEP_SECONDS = 60.0
MOST_SWEPT = 200
"""Old answers that are deleted in one transaction. While there are more, every claim deletes so many: one that comes
for each that goes leaves none."""


@dataclass(frozen=True)
class Answer:
    """What was answered. `body` is None where it held a secret that is shown once."""

    status: int
    headers: dict[str, str]
    body: bytes | None


class Answers:
    """Claim a key, do the work, and finish or release the claim."""

    def __init__(self, engine: Engine) -> None:
        self._writing = Writer(engine)
        self._sweep_at = 0.0

    def claim(self, user_id: int, key: str, digest: str, lease: float = LEASE_SECONDS) -> Claim | Answer:
        """The right to act under the key for `lease` seconds, or the answer that is kept under it.

        `digest` stands for the request. Raises KeyReused where the key belongs to another request, KeyInUse where that
        request is still being worked on.
        """
        now = time.time()
        self._sweep(now)
        claim = Claim(user_id, key, now + lease)
        row = {"user_id": user_id, "key": key, "digest": digest, "created_at": now, "until": claim.until}
        with self._writing.begin() as connection:
            first = insert_into(connection, answers).values(row).on_conflict_do_nothing().returning(answers.c.key)
            is_first = connection.execute(first).one_or_none() is not None
            return claim if is_first else self._repeated(connection, claim, digest, now)

    def finish(self, claim: Claim, answer: Answer) -> None:
        """Keeps the answer; nothing happens where the claim was taken over."""
        kept = {"status": answer.status, "headers": answer.headers, "body": answer.body}
        with self._writing.begin() as connection:
            connection.execute(update(answers).where(held(claim)).values(kept))

    def release(self, claim: Claim) -> None:
        """Lets the next request under the key act at once; what was made under it stays marked."""
        with self._writing.begin() as connection:
            connection.execute(delete(answers).where(held(claim), answers.c.made.is_(None)))
            connection.execute(update(answers).where(held(claim)).values(until=0.0))

    def _repeated(self, connection: Connection, claim: Claim, digest: str, now: float) -> Claim | Answer:
        mine = (answers.c.user_id == claim.user_id, answers.c.key == claim.key)
        row = connection.execute(select(answers).where(*mine).with_for_update()).one_or_none()
        if row is None:
            raise KeyInUse("the first request under this key has just failed; send it again")
        _check(row, digest, now)
        if row.status is not None:
            return Answer(row.status, row.headers, row.body)
        connection.execute(update(answers).where(*mine).values(until=claim.until))
        return claim

    def _sweep(self, now: float) -> None:
        """Deletes the oldest of what is kept too long, now and then, and while there are many, at every claim."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_SECONDS
        key = tuple_(answers.c.user_id, answers.c.key)
        old = select(answers.c.user_id, answers.c.key).where(answers.c.created_at < now - KEPT_SECONDS)
        oldest = old.order_by(answers.c.created_at).limit(MOST_SWEPT).with_for_update(skip_locked=True)
        with self._writing.begin() as connection:
            deleted = connection.execute(delete(answers).where(key.in_(oldest))).rowcount
        if deleted == MOST_SWEPT:
            self._sweep_at = now


def _check(row: Row[tuple[object, ...]], digest: str, now: float) -> None:
    if row.digest != digest:
        raise KeyReused(
            "this key was sent with another path, body or token before; give every request a key of its own"
        )
    if row.status is None and row.until > now:
        raise KeyInUse("the first request under this key is still being worked on; send it again in a moment")
    if row.status is not None and row.body is None:
        raise KeyReused(SHOWN_ONCE)
