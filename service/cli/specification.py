"""Reads a specification from a file: YAML or JSON, or standard input for `-`."""

import json
import sys
from pathlib import Path

from sweeps.yaml_text import check_finite, parse_yaml


class UnreadableFile(Exception):
    """The file is missing or holds neither YAML nor JSON."""


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
