"""Rows as CSV that a spreadsheet can open: none of its cells is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

COMMANDS = re.compile(r"[=+\-@\t\r\n]")
"""With one of these in front spreadsheets calculate a text, whoever wrote it, and may run a program."""
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """A line a row."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def csv_table(rows: Sequence[Mapping[str, object]]) -> str:
    """A header with every name that a row has, in order of appearance, and a line a row."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return csv_lines([names, *([row.get(name, "") for name in names] for row in rows)])


def _cell(value: object) -> object:
    """A text that would command a spreadsheet begins with an apostrophe, which makes it a text there."""
    if isinstance(value, str) and COMMANDS.match(value) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value
