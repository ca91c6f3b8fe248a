"""YAML as people write it: `1e-3` is a number, as in YAML 1.2, not the string that YAML 1.1 makes of it."""

import math
import re
from typing import Any

import yaml

BITS = 64
LONGEST_SHOWN = 40


class Loader(yaml.SafeLoader):
    """A SafeLoader that reads numbers as YAML 1.2 does, and takes no key twice and no tag.

    Whatever it refuses it refuses as a YAMLError.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuses tags: they make other things of plain values, and nothing here needs one."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(
                problem="a tag, such as !!bool, is not read here; write the value alone", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Refuses a scalar that looks like a number or a date and is none, and integers that nobody can store."""
        try:
            value = super().construct_object(node, deep)
        except ValueError as error:
            raise _refused(node, f"is not what it looks like: {error}") from error
        if isinstance(value, int) and value.bit_length() > BITS:
            raise _refused(node, f"is larger than {BITS} bits hold; write a smaller number")
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuses a key that stands twice: YAML would let the second win without a word."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key!r} stands here twice; keep one", problem_mark=key_node.start_mark
                )
            seen.add(str(key))
        return super().construct_mapping(node, deep)


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\d[\d_]*)(?:\.[\d_]*)?[eE][-+]?\d+$"),
    list("-+0123456789"),
)


def _refused(node: yaml.Node, why: str) -> yaml.MarkedYAMLError:
    shown = repr(str(node.value)[:LONGEST_SHOWN])
    return yaml.MarkedYAMLError(problem=f"{shown} {why}", problem_mark=node.start_mark)


def parse_yaml(text: str) -> object:
    """The document in `text` as plain values. Raises ValueError with line and column where it is no YAML."""
    try:
        document = yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader with one more number format
    except yaml.YAMLError as error:
        raise ValueError(f"not valid YAML: {error}") from error
    except RecursionError as error:
        raise ValueError("not valid YAML: it nests too deep") from error
    check_finite(document)
    return document


def check_finite(value: object, where: str = "") -> None:
    """Raises ValueError naming the first number that is infinite or none at all: JSON could not carry it."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where or 'the document'} is {value}: write a finite number")
    if isinstance(value, dict):
        for name, part in value.items():
            check_finite(part, f"{where}.{name}" if where else str(name))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            check_finite(part, f"{where}[{place}]")
