"""Text and JSON as every database takes them. An exception's words may hold anything, and must not cost its trial."""

import json
import math
import sys
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from sweeps.redaction import redacted

NUL = "\0"
REPLACEMENT = "\ufffd"


class Reason(TypeDecorator[str]):
    """Why something ended: text without secrets, in which what no database keeps is written otherwise."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else redacted(plain_text(value))


def plain_text(text: str) -> str:
    r"""The text with U+FFFD for NUL, which PostgreSQL refuses, and \udc80 spelt out for half a surrogate pair."""
    return text.replace(NUL, REPLACEMENT).encode("utf-8", "backslashreplace").decode()


def as_json(value: Any) -> str:
    """A JSON column's text: its strings are plain, and a number that is not finite is null."""
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_plain(value))
    return json.dumps(_plain(value)) if r"\u0000" in text or r"\ud" in text else text


def from_json(text: str | bytes) -> Any:
    """A JSON column's value. Names are held once, however many thousand rows have them."""
    return _DECODER.decode(text if isinstance(text, str) else text.decode())


_DECODER = json.JSONDecoder(object_pairs_hook=lambda items: {sys.intern(name): value for name, value in items})
"""Made once: a page of trials has hundreds of such values."""


def _plain(value: Any) -> Any:
    match value:
        case str():
            return plain_text(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {plain_text(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
