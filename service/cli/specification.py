"""Reads what a person writes: a specification from a file, YAML or JSON, or standard input for `-`; assignments."""

import json
import sys
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
