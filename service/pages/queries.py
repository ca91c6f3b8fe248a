"""Addresses with a query: without the fields of a form that were left empty, and with one thing changed."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request


class Tidied(Exception):
    """The page is at another address, which says the same without empty fields."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


async def tidy_query(request: Request) -> None:
    """A form sends its empty fields too, and an empty name or label would be looked for. Raises Tidied."""
    given = request.query_params.multi_items()
    kept = [(name, value) for name, value in given if value.strip()]
    if kept != given:
        raise Tidied(address(request, kept))


TidyQuery = Annotated[None, Depends(tidy_query)]


def changed(request: Request, **parameters: str | None) -> str:
    """This page's address with these parameters; None leaves one out."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in parameters]
    given = [(name, value) for name, value in parameters.items() if value is not None]
    return address(request, [*kept, *given])


def address(request: Request, query: list[tuple[str, str]]) -> str:
    return f"{request.url.path}?{urlencode(query)}" if query else request.url.path
