"""Spaces in which some dimensions are searched only beside certain values of others: `when`."""

from collections.abc import Container, Iterator, Mapping
from difflib import get_close_matches
from itertools import product
from math import prod

from sweeps.space import Dimension, Float, Value, same

Space = Mapping[str, Dimension]
MOST_COMBINATIONS = 1_000
"""Of values that the conditions of one dimension name, each of which is checked."""


def in_order(space: Space) -> dict[str, Dimension]:
    """The space with every dimension behind those that its condition names.

    Raises ValueError, with the path in front, for a condition on what is not searched, on a value that cannot occur, on
    a float, or on itself by a roundabout way.
    """
    for path, dimension in space.items():
        for named, values in dimension.when.items():
            _check(path, named, values, space)
    ordered: dict[str, Dimension] = {}
    while len(ordered) < len(space):
        ready = [
            path for path in space if path not in ordered and space[path].when.keys() & space.keys() <= ordered.keys()
        ]
        if not ready:
            rest = ", ".join(path for path in space if path not in ordered)
            raise ValueError(f"{rest} wait for each other in their `when`; drop one of the conditions")
        ordered |= {path: space[path] for path in ready}
    return ordered


def check_named(space: Space, known: Container[str]) -> None:
    """Raises ValueError, with the path in front, for a condition of a shared space on what no arm knows, and for one on
    a value that what it names never has."""
    for path, dimension in space.items():
        for named, values in dimension.when.items():
            if named in space:
                _check(path, named, values, space)
            elif named not in known:
                near = get_close_matches(named, space, n=1)
                hint = f"did you mean {near[0]}?" if near else "correct it"
                raise ValueError(f"{path}.when names {named}, which no arm searches or holds so; {hint}")


def is_conditional(space: Space) -> bool:
    """Whether some dimension has a condition."""
    return any(dimension.when for dimension in space.values())


def complete(space: Space, wanted: Mapping[str, Value]) -> dict[str, Value]:
    """One configuration of an ordered space: `wanted` where it gives a value, else each dimension's first probe, and
    no value for a dimension that is not searched beside the others."""
    values: dict[str, Value] = {}
    for path, dimension in space.items():
        if dimension.applies(values):
            values[path] = wanted[path] if path in wanted else dimension.probes()[0]
    return values


def beside(space: Space, path: str) -> list[dict[str, Value]]:
    """Every combination of values of other dimensions beside which `path` is searched: of those that its condition
    names, and of those that theirs name. One empty one without a condition, none where conditions exclude each other.

    Raises ValueError for more than MOST_COMBINATIONS.
    """
    allowed: dict[str, list[Value]] = {}
    known, waiting = {path}, [path]
    while waiting:
        for named, values in space[waiting.pop()].when.items():
            if named not in space:
                continue
            before = allowed.get(named, values)
            allowed[named] = [value for value in before if any(same(value, other) for other in values)]
            if named not in known:
                known.add(named)
                waiting.append(named)
    if prod(map(len, allowed.values())) > MOST_COMBINATIONS:
        raise ValueError(f"{path}: its conditions leave more than {MOST_COMBINATIONS} combinations; name fewer values")
    return [dict(zip(allowed, values, strict=True)) for values in product(*allowed.values())]


def branches(space: Space, points: int) -> Iterator[tuple[dict[str, Value], dict[str, list[Value]]]]:
    """A grid of an ordered space, in branches: the values that conditions name, and the axes searched beside them."""
    named = {path for dimension in space.values() for path in dimension.when}
    deciding = {path: space[path] for path in space if path in named}
    others = {path: dimension for path, dimension in space.items() if path not in named}
    for decided in _decisions(list(deciding.items()), points, {}):
        yield decided, {path: one.grid(points) for path, one in others.items() if one.applies(decided)}


def _decisions(
    deciding: list[tuple[str, Dimension]], points: int, decided: dict[str, Value]
) -> Iterator[dict[str, Value]]:
    """Every combination of the deciding values, each once: a dimension that is not searched has none."""
    if not deciding:
        yield decided
        return
    (path, dimension), rest = deciding[0], deciding[1:]
    if not dimension.applies(decided):
        yield from _decisions(rest, points, decided)
        return
    for value in dimension.grid(points):
        yield from _decisions(rest, points, decided | {path: value})


def _check(path: str, named: str, values: list[Value], space: Space) -> None:
    where = f"{path}.when.{named}"
    if named == path:
        raise ValueError(f"{where} is a condition on itself; name another dimension")
    if not values:
        raise ValueError(f"{where} names no value; write some, or drop the condition")
    if named not in space:
        known = ", ".join(sorted(space))
        raise ValueError(f"{where}: {named} is not searched in this arm; a condition can name one of {known}")
    if isinstance(space[named], Float):
        raise ValueError(f"{where}: {named} is a float, which hardly ever has one value; make it a choice or an int")
    for value in values:
        problem = space[named].problem(value)
        if problem:
            raise ValueError(f"{where} is {value!r}, which {named} never is: {problem}; correct the value")
