"""A table as CSV: a header, then a line a row. Numbers are whole, times in ISO 8601, nothing is an empty cell."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sweeps.csv_rows import csv_lines
from sweeps.export.table import Table


def csv_parts(table: Table) -> Iterator[bytes]:
    """The file, a part at a time."""
    yield _written([[column.name for column in table.columns]])
    for rows in table.parts:
        yield _written([[_text(column.cell(row)) for column in table.columns] for row in rows])


def _written(lines: list[list[Any]]) -> bytes:
    return csv_lines(lines).encode()


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else value
