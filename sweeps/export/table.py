"""A table: columns, each of one kind, and rows in parts."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sweeps.space import Value
from sweeps.spec import SweepSpec

Kind = Literal["bool", "int", "float", "text", "time"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column. A row without a value in it has none there; a value of another kind is text, as JSON has it."""

    name: str
    kind: Kind

    def cell(self, row: Row) -> Any:
        """The row's value as this column's kind; times are seconds since 1970 in the row."""
        value = row.get(self.name)
        if value is None:
            return None
        match self.kind:
            case "time":
                return datetime.fromtimestamp(value, UTC)
            case "float":
                return float(value)
            case "text":
                return value if isinstance(value, str) else json.dumps(value)
            case _:
                return value


@dataclass(frozen=True)
class Table:
    """`parts` can be gone through once; each is as many rows as are held at once."""

    columns: list[Column]
    parts: Iterator[list[Row]]


def configuration_columns(spec: SweepSpec) -> list[Column]:
    """A column for every path that some arm searches or holds fixed."""
    values: dict[str, list[Value]] = {}
    for arm in spec.compare:
        for path, dimension in arm.space.items():
            values.setdefault(path, []).extend(dimension.probes())
        for path, value in arm.fixed.items():
            values.setdefault(path, []).append(value)
    return [Column(f"configuration.{path}", kind_of(found)) for path, found in values.items()]


def kind_of(values: Iterable[Value]) -> Kind:
    """The kind that holds all of these values; none is of any kind."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int"
    return "float" if kinds in ({float}, {int, float}) else "text"


def configured(values: dict[str, Value]) -> Row:
    """A configuration's cells."""
    return {f"configuration.{path}": value for path, value in values.items()}
