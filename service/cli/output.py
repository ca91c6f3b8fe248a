"""Where commands print to: answers to the output, remarks for whoever looks on to the errors."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from pydantic import BaseModel


def out() -> Console:
    return Console()


def tell(text: str) -> None:
    """One line of an answer, as it is."""
    out().print(text, highlight=False, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """A remark beside the answer."""
    Console(stderr=True).print(text, highlight=False, markup=False, soft_wrap=True)


def print_all(items: Iterable["BaseModel"]) -> None:
    """A list as JSON."""
    print(json.dumps([item.model_dump(mode="json") for item in items]))


def table(*columns: str) -> Table:
    found = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        found.add_column(column)
    return found
