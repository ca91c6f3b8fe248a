"""The id of the request that is being worked on: the client's own where it is sane, else a fresh one."""

import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""None outside of requests."""


def accepted_or_new(given: str | None) -> str:
    """What a client sends may end up in logs and the ledger: only plain characters, and not many."""
    return given if given and SANE.fullmatch(given) else uuid.uuid4().hex
