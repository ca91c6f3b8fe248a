"""YAML that somebody is writing: the document, and in which line of the text a field of it stands."""

import re
from collections.abc import Sequence

import yaml

from sweeps.yaml_text import Loader, check_finite

MOST_CHARACTERS = 64_000
"""A specification has a few thousand; longer ones are posted to the API as JSON, which is read faster."""
MOST_NODES = 100_000
"""Counted as often as they are referred to: a few lines of references to references would make millions."""


class NotYaml(ValueError):
    """The text cannot be read; `line` counts from 1, 0 where no single one is wrong."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class PlacedYaml:
    """A document with its text's places."""

    def __init__(self, text: str) -> None:
        """Raises NotYaml."""
        if len(text) > MOST_CHARACTERS:
            raise NotYaml(f"the text has more than {MOST_CHARACTERS:,} characters; post it to the API as JSON")
        try:
            self._root, self.document = _read(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise NotYaml(error.problem or str(error), mark.line + 1 if mark else 0) from error
        except yaml.reader.ReaderError as error:
            raise NotYaml(error.reason, text.count("\n", 0, error.position) + 1) from error
        except RecursionError as error:
            raise NotYaml("it nests too deep") from error
        except ValueError as error:
            raise error if isinstance(error, NotYaml) else NotYaml(str(error)) from error

    def line(self, field: str) -> int:
        """The line, from 1, of a field written as `compare[2].space.learning_rate`; of what is around it, where it is
        not there itself; 0 for an empty text."""
        line = 0 if self._root is None else self._root.start_mark.line + 1
        node: yaml.Node | None = self._root
        parts: Sequence[str] = re.findall(r"[^.\[\]]+", field)
        while node is not None and parts:
            found = _below(node, parts)
            if found is None:
                break
            line, node, parts = found
        return line


def _read(text: str) -> tuple[yaml.Node | None, object]:
    loader = Loader(text)
    try:
        root = loader.get_single_node()
        _check_size(root)
        document = None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()
    check_finite(document)
    return root, document


def _below(node: yaml.Node, parts: Sequence[str]) -> tuple[int, yaml.Node, Sequence[str]] | None:
    """The line of the part's name, its node, and the parts that are left; a name may itself hold dots."""
    if isinstance(node, yaml.SequenceNode):
        at = int(parts[0]) if parts[0].isdecimal() else len(node.value)
        return (node.value[at].start_mark.line + 1, node.value[at], parts[1:]) if at < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            for key, value in node.value:
                if key.value == name:
                    return key.start_mark.line + 1, value, parts[length:]
    return None


def _check_size(root: yaml.Node | None) -> None:
    """Raises NotYaml where following every reference would never end, or take too long."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        own = id(node)
        if own in open_nodes:
            raise NotYaml("it refers to itself; write out what is meant", node.start_mark.line + 1)
        if own not in sizes:
            open_nodes.add(own)
            sizes[own] = 1 + sum(map(size, _parts_of(node)))
            open_nodes.remove(own)
            if sizes[own] > MOST_NODES:
                raise NotYaml("it refers to its own parts too often; write them out", node.start_mark.line + 1)
        return sizes[own]

    if root is not None:
        size(root)


def _parts_of(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
