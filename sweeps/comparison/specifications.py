"""Where specifications differ: every path to a value that is not the same in all of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sweeps.comparison.models import SpecifiedDifference

WORDS = ("name", "notes")
"""Fields that say what a sweep is called; they change nothing."""


def differences(specifications: Mapping[int, Mapping[str, Any]]) -> tuple[SpecifiedDifference, ...]:
    """By sweep. Arms are told apart by their names, not by their places."""
    flat = {
        sweep: dict(_flat({name: value for name, value in document.items() if name not in WORDS}))
        for sweep, document in specifications.items()
    }
    paths = dict.fromkeys(path for values in flat.values() for path in values)
    found = ((path, {sweep: values[path] for sweep, values in flat.items() if path in values}) for path in paths)
    return tuple(
        SpecifiedDifference(path=path, values=values)
        for path, values in found
        if len(values) < len(flat) or any(value != next(iter(values.values())) for value in values.values())
    )


def _flat(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and node:
        for name, value in node.items():
            yield from _flat(value, f"{path}.{name}" if path else name)
    elif path == "compare":
        for arm in node:
            yield from _flat({name: value for name, value in arm.items() if name != "name"}, f"compare[{arm['name']}]")
    else:
        yield path, node
