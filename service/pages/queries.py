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
        raise Tidied(_address(request.url.path, kept))


TidyQuery = Annotated[None, Depends(tidy_query)]


def changed(request: Request, **parameters: str | None) -> str:
    """This page's address with these parameters; None leaves one out."""
    return changed_at(request.url.path, request, **parameters)


def changed_at(path: str, request: Request, **parameters: str | None) -> str:
    """The same, of a page at another path."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in parameters]
    given = [(name, value) for name, value in parameters.items() if value is not None]
    return _address(path, [*kept, *given])


def _address(path: str, query: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
