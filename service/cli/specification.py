"""Reads what a person writes: a specification from a file, YAML or JSON, or standard input for `-`; assignments."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from sweeps.yaml_text import check_finite, parse_yaml


class UnreadableFile(Exception):
    """What was written is missing, or is neither YAML nor JSON."""


def read_specification(file: Path) -> object:
    """The document in `file`. Raises UnreadableFile."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        document = json.loads(text) if file.suffix == ".json" else parse_yaml(text)
        check_finite(document)
    except ValueError as error:
        raise UnreadableFile(f"{file}: {error}") from error
    return document


def read_assignments(texts: list[str]) -> dict[str, object]:
    """`PATH=VALUE`, each value as YAML has it. Raises UnreadableFile."""
    assigned: dict[str, object] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not (path and equals and value):
            raise UnreadableFile(f"{text!r} is no PATH=VALUE; write for example learning_rate=1e-3")
        if path in assigned:
            raise UnreadableFile(f"{path} stands twice; keep one")
        try:
            assigned[path] = parse_yaml(value)
        except ValueError as error:
            raise UnreadableFile(f"{text!r}: {error}") from error
    return assigned


def merge_patch(
    patch: object, assigned: Mapping[str, object], specification: Mapping[str, object]
) -> dict[str, object]:
    """A JSON merge patch with what was assigned by path put into it. Raises UnreadableFile.

    Where a path leads is read in `specification`, whose names can hold dots themselves: `search.space.network.hidden`.
    """
    if not isinstance(patch, dict):
        raise UnreadableFile("a patch of a specification is an object, such as {budget: {trials: 40}}")
    for path, value in assigned.items():
        *above, last = _parts(path, value, specification)
        node = patch
        for name in above:
            node = node.setdefault(name, {})
            if not isinstance(node, dict):
                raise UnreadableFile(f"{path} lies inside of what is set as a whole; set one of the two")
        node[last] = value
    return patch


def _parts(path: str, value: object, node: object) -> list[str]:
    known = node if isinstance(node, Mapping) else {}
    inside = sorted((name for name in known if f"{path}.".startswith(f"{name}.")), key=len)
    if inside:
        name = inside[-1]
        rest = path[len(name) + 1 :]
        return [name, *_parts(rest, value, known[name])] if rest else [name]
    first, _, rest = path.partition(".")
    is_dimension = isinstance(value, Mapping) and "kind" in value  # a new one of the space: its name is a path itself
    return [path] if is_dimension or not rest else [first, *_parts(rest, value, None)]
