"""Changes only to a sweep that is as its caller saw it: its version counts what people change and its moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sweeps.ledger.errors import ChangedMeanwhile
from sweeps.ledger.records import SweepRecord

_expected: ContextVar[frozenset[int] | None] = ContextVar("expected", default=None)


@contextmanager
def expecting(versions: frozenset[int] | None) -> Iterator[None]:
    """What is done inside, also in threads with this context, is done only to a sweep in one of these versions.

    None expects nothing.
    """
    token = _expected.set(versions)
    try:
        yield
    finally:
        _expected.reset(token)


def check_version(sweep: SweepRecord) -> None:
    """To be called with the sweep locked, in the transaction that changes it. Raises ChangedMeanwhile."""
    expected = _expected.get()
    if expected is not None and sweep.version not in expected:
        raise ChangedMeanwhile(
            f"sweep {sweep.id}, which is {sweep.state}, has changed since the ETag that If-Match names; look at it, "
            "and ask again with its new ETag if that is still what you want"
        )
