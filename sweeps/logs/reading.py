"""Reads a sweep's logs, all of its processes together, in the order of what they said."""

import heapq
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sweeps.logs.names import folder

PART_BYTES = 256_000
"""Of each file that is held at once."""
BEGINNING = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (.*)", re.DOTALL)

Position = dict[str, int]
"""How far each file was read, in bytes, by its name."""


@dataclass(frozen=True)
class LogEntry:
    """What one process said at one time, in one line or several."""

    at: str
    """ISO 8601, UTC; empty for what is no beginning of an entry."""
    attempt: int
    source: str
    """driver, coordinator, or a lane by its number, such as lane-0."""
    text: str


@dataclass(frozen=True)
class _Found:
    entry: LogEntry
    file: str
    end: int
    """Where the entry ends in its file."""


class Logs:
    """The logs of all sweeps in one storage."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def entries(
        self, sweep_id: int, position: Position, attempt: int | None = None, source: str | None = None
    ) -> Iterator[tuple[LogEntry, Position]]:
        """Every entry behind `position`, with the position behind it; of one attempt, and one source (`lane`: every
        lane). However long the files are, a part of each is held."""
        files = self._files(sweep_id, attempt, source)
        reached = {name: position.get(name, 0) for name in files}
        found = (_entries(name, path, reached[name]) for name, path in files.items())
        for one in heapq.merge(*found, key=lambda one: one.entry.at):
            reached[one.file] = one.end
            yield one.entry, dict(reached)

    def near_the_end(self, sweep_id: int) -> Position:
        """A position before the last part of each file."""
        return {name: _near_the_end(path) for name, path in self._files(sweep_id, None, None).items()}

    def _files(self, sweep_id: int, attempt: int | None, source: str | None) -> Mapping[str, Path]:
        root = folder(self._root, sweep_id)
        paths = {f"{path.parent.name}/{path.stem}": path for path in sorted(root.glob("*/*.log"))}
        return {name: path for name, path in paths.items() if _is_wanted(path, attempt, source)}


def _is_wanted(path: Path, attempt: int | None, source: str | None) -> bool:
    of_attempt = path.parent.name.isdecimal() and attempt in (None, int(path.parent.name))
    return of_attempt and (source in (None, path.stem) or (source == "lane" and path.stem.startswith("lane-")))


def _near_the_end(path: Path) -> int:
    """A place from which the rest of the file can be read at once, at the beginning of a line."""
    try:
        start = max(0, path.stat().st_size - PART_BYTES)
        with path.open("rb") as file:
            file.seek(start)
            return start + len(file.readline()) if start else 0
    except OSError:
        return 0


def _entries(name: str, path: Path, start: int) -> Iterator[_Found]:
    """The file's entries; what stands before the first time has none."""
    attempt, _, source = name.partition("/")
    empty = LogEntry("", int(attempt), source, "")
    current = _Found(empty, name, start)
    for line, end in _lines(path, start):
        begins = BEGINNING.match(line)
        if begins and current.end > start:
            yield _whole(current)
        if begins:
            at, text = begins.groups()
            current = _Found(replace(empty, at=at, text=text), name, end)
        else:
            current = replace(current, entry=replace(current.entry, text=current.entry.text + line), end=end)
    if current.end > start:
        yield _whole(current)


def _whole(found: _Found) -> _Found:
    return replace(found, entry=replace(found.entry, text=found.entry.text.rstrip("\n")))


def _lines(path: Path, start: int) -> Iterator[tuple[str, int]]:
    """Complete lines from the next beginning of one, each with where it ends; a line longer than a part is cut.

    Whoever reads may choose `start`, and a secret is known by what stands before it in its line.
    """
    end = _beginning(path, start)
    while data := _part(path, end):
        before = end
        for line in io.BytesIO(data):
            if line.endswith(b"\n") or len(line) == PART_BYTES:  # else it is being written, or goes on in the next part
                end += len(line)
                yield line.decode(errors="replace"), end
        if end == before:
            return


def _beginning(path: Path, start: int) -> int:
    """The next beginning of a line, at `start` or behind it; the file's end where that is still to come."""
    if start == 0:
        return 0
    try:
        with path.open("rb") as file:
            file.seek(start - 1)
            rest = file.readline()
    except OSError:
        return start
    return start - 1 + len(rest)


def _part(path: Path, start: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(PART_BYTES)
    except OSError:  # deleted with its sweep, or the storage is away
        return b""
