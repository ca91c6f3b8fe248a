"""What an HTML form has sent."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

MOST_FIELDS = 50
MOST_DIGITS = 20
"""Of a number; Python refuses to read one of some thousands."""
FORM = "application/x-www-form-urlencoded"


async def sent_form(request: Request) -> dict[str, str]:
    """Its fields; what was left empty is there too. Of a field that was sent twice the last."""
    if not request.headers.get("content-type", "").startswith(FORM):
        raise HTTPException(415, f"send the fields of a form, as {FORM}")
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:  # no UTF-8, or more fields than any form of ours has
        raise HTTPException(422, "these are no fields of a form of this page; load it again") from error


TheForm = Annotated[dict[str, str], Depends(sent_form)]


def whole(text: str | None) -> int | str | None:
    """A number field's text as a number, if it is one; nothing where it was left empty."""
    is_whole = text is not None and len(text) <= MOST_DIGITS and text.removeprefix("-").isdecimal()
    return int(text) if text and is_whole else text or None


def real(text: str | None) -> float | str | None:
    """The same for a number that need not be whole."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


def labels_in(text: str | None) -> list[str]:
    """Labels that were written apart by commas."""
    return [label.strip() for label in (text or "").split(",") if label.strip()]
