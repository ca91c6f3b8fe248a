"""Answers without a body."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message

OF_A_BODY = ("content-length", "content-type")


def bodiless(start: Message, status: int) -> Message:
    """The start of an answer of this status, whose body is left out."""
    headers = MutableHeaders(scope=start)
    for name in OF_A_BODY:
        del headers[name]
    return {**start, "status": status}
