"""Spaces in which some dimensions are searched only beside certain values of others: `when`."""

from collections.abc import Iterator, Mapping
from itertools import product

from sweeps.space import Dimension, Float, Value

Space = Mapping[str, Dimension]


def in_order(space: Space) -> dict[str, Dimension]:
    """The space with every dimension behind those that its condition names.

    Raises ValueError, with the path in front, for a condition on what is not searched, on a value that cannot occur, on
    a float, or on itself by a roundabout way.
    """
    for path, dimension in space.items():
        for named, values in dimension.when.items():
            _check(f"{path}.when.{named}", named, values, space)
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


def needed(space: Space, path: str) -> dict[str, Value]:
    """Values of other dimensions beside which `path` is searched: for each, the first that its condition names."""
    found: dict[str, Value] = {}
    for named, values in space[path].when.items():
        if named in space:
            found |= needed(space, named) | {named: values[0]}
    return found


def branches(space: Space, points: int) -> Iterator[tuple[dict[str, Value], dict[str, list[Value]]]]:
    """A grid of an ordered space, in branches: the values that conditions name, and the axes searched beside them."""
    named = {path for dimension in space.values() for path in dimension.when}
    deciding = {path: space[path] for path in space if path in named}
    seen: list[dict[str, Value]] = []
    for combination in product(*(dimension.grid(points) for dimension in deciding.values())):
        decided: dict[str, Value] = {}
        for (path, dimension), value in zip(deciding.items(), combination, strict=True):
            if dimension.applies(decided):
                decided[path] = value
        if decided not in seen:
            seen.append(decided)
            beside = {path: dimension for path, dimension in space.items() if path not in named}
            yield decided, {path: one.grid(points) for path, one in beside.items() if one.applies(decided)}


def _check(where: str, named: str, values: list[Value], space: Space) -> None:
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
