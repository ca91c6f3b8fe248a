"""A table as Parquet: the only module that imports Arrow. Each part of the table is a row group."""

import io
from collections.abc import Iterator
from typing import Any

from sweeps.export.table import Kind, Table


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
        for rows in table.parts:
            cells = [[column.cell(row) for row in rows] for column in table.columns]
            writer.write_table(pyarrow.table(cells, schema=schema))
            yield file.taken()
    yield file.taken()


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
