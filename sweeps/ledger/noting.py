"""What a transaction changes, noted for the audit log: each field with what it was and what it has become."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sweeps.ledger.records import SweepRecord

Changes = dict[str, tuple[Any, Any]]
"""By field: before, after."""

_current: ContextVar[Changes | None] = ContextVar("changes", default=None)


@contextmanager
def noting() -> Iterator[Changes]:
    """Gives what is noted inside, also in threads that are started with this context."""
    changes: Changes = {}
    token = _current.set(changes)
    try:
        yield changes
    finally:
        _current.reset(token)


def note(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Notes the fields that differ; one that is missing on a side is None there. No secret may be among them."""
    changes = _current.get()
    if changes is not None:
        pairs = {name: (before.get(name), after.get(name)) for name in before | after}
        changes |= {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def note_made(**fields: Any) -> None:
    """Notes something new."""
    note({}, fields)


def of_sweep(sweep: SweepRecord) -> dict[str, Any]:
    """What people change in a sweep."""
    return {
        "state": sweep.state,
        "trials": sweep.spec.get("budget", {}).get("trials"),
        "lanes": sweep.spec.get("lanes"),
        "trials_per_lane": sweep.spec.get("trials_per_lane"),
        "priority": sweep.priority,
        "labels": sweep.labels or [],
        "note": sweep.note,
        "archived": sweep.archived_at is not None,
    }
