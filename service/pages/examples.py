"""The examples that a new sweep can begin with: those that npsweep ships."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Example:
    """One file of them."""

    name: str
    summary: str
    """Its first comment."""
    text: str


@cache
def examples() -> dict[str, Example]:
    """By name, the smallest first."""
    found = [one for one in (files("sweeps") / "examples").iterdir() if one.name.endswith(".yaml")]
    read = [_example(one.name.removesuffix(".yaml"), one.read_text()) for one in found]
    order = sorted(read, key=lambda one: (one.name != "quickstart", len(one.text), one.name))
    return {one.name: one for one in order}


def _example(name: str, text: str) -> Example:
    first = text.partition("\n")[0]
    return Example(name, first.removeprefix("#").strip() if first.startswith("#") else "", text)
