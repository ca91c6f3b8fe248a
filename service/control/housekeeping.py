"""What the leader clears away beside moving sweeps on."""

import time

from sweeps.ledger import Ledger

DAY_SECONDS = 24 * 3600.0
PAUSE_SECONDS = 3600.0


class Housekeeping:
    """`look` may be called as often as one likes: it does a little at a time, and once an hour looks for more."""

    def __init__(self, ledger: Ledger, audit_days: int) -> None:
        """`audit_days`: how long the audit log is kept; 0 for good."""
        self._ledger = ledger
        self._audit_days = audit_days
        self._due = 0.0

    def look(self) -> None:
        if not self._audit_days or time.monotonic() < self._due:
            return
        has_more = self._ledger.audit.forget(before=time.time() - self._audit_days * DAY_SECONDS)
        self._due = 0.0 if has_more else time.monotonic() + PAUSE_SECONDS
