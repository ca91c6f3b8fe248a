"""A table as Parquet: the only module that imports Arrow."""

import io
from collections.abc import Iterator
from typing import Any

from sweeps.export.table import Kind, Row, Table

CELLS_OF_A_GROUP = 200_000


def parquet_parts(table: Table) -> Iterator[bytes]:
    """The file, a part at a time; the last holds its index."""
    import pyarrow  # here: it takes a third of a second, which the API would lose at its start
    from pyarrow import parquet

    kinds: dict[Kind, Any] = {
        "bool": pyarrow.bool_(),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "text": pyarrow.string(),
        "time": pyarrow.timestamp("us", tz="UTC"),
    }
    schema = pyarrow.schema([(column.name, kinds[column.kind]) for column in table.columns])
    file = _Passing()
    with parquet.ParquetWriter(pyarrow.PythonFile(file, mode="w"), schema) as writer:
        for rows in _row_groups(table):
            cells = [[column.cell(row) for row in rows] for column in table.columns]
            writer.write_table(pyarrow.table(cells, schema=schema))
            yield file.taken()
    yield file.taken()


def _row_groups(table: Table) -> Iterator[list[Row]]:
    """The rows in groups of about so many cells: small groups are slow to read, large ones take memory here."""
    at_least = max(1, CELLS_OF_A_GROUP // len(table.columns))
    held: list[Row] = []
    for rows in table.parts:
        held += rows
        if len(held) >= at_least:
            yield held
            held = []
    if held:
        yield held


class _Passing(io.RawIOBase):
    """A file that is only written to; what was written is taken out again at once."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._length

    def write(self, data: Any) -> int:
        held = bytes(data)
        self._held.append(held)
        self._length += len(held)
        return len(held)

    def taken(self) -> bytes:
        """What was written since this was last asked."""
        held, self._held = self._held, []
        return b"".join(held)
