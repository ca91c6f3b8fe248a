"""What a search varies: named dimensions, each a float, an integer or a choice."""

import math
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from sweeps.frozen import Frozen

Value = bool | int | float | str | None | list[int]
"""One value of one dimension, as it stands in JSON."""

MAX_ENQUEUED = 10_000
"""Configurations by hand in one arm."""


class Conditional(Frozen):
    """What every dimension has: the condition under which it is searched."""

    when: dict[str, list[Value]] = Field(default_factory=dict)
    """Searched only where each of these paths, searched or fixed in the same arm, has one of these values; a value
    alone may stand for a list of it. Empty: always."""

    @field_validator("when", mode="before")
    @classmethod
    def _lists(cls, when: object) -> object:
        if not isinstance(when, dict):
            return when
        return {path: values if isinstance(values, list) else [values] for path, values in when.items()}

    def applies(self, values: Mapping[str, Value]) -> bool:
        """Whether it is searched beside these values; a path that has none fulfils no condition."""
        return all(
            path in values and any(same(values[path], wanted) for wanted in self.when[path]) for path in self.when
        )


class Float(Conditional):
    """A real number in [low, high], uniform or uniform in its logarithm."""

    kind: Literal["float"] = "float"
    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        _check_range(self.low, self.high, self.log)
        return self

    def probes(self) -> tuple[Value, ...]:
        """Values that stand for all: both ends, and one between them that is no whole number."""
        between = self.low + (self.high - self.low) * 0.381966
        return (self.low, self.high, between)

    def problem(self, value: Value) -> str | None:
        """Why `value` is not in the range; None where it is."""
        return _outside(value, self.low, self.high, int | float, "number")

    def grid(self, points: int) -> list[Value]:
        """`points` values from low to high, evenly spaced on the dimension's own scale."""
        if points == 1:
            return [math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2]
        steps = [i / (points - 1) for i in range(points)]
        if self.log:
            exact = [self.low * (self.high / self.low) ** step for step in steps]
        else:
            exact = [self.low + (self.high - self.low) * step for step in steps]
        return [min(max(value, self.low), self.high) for value in exact]

    def at(self, fraction: float) -> Value:
        """The value at `fraction` in [0, 1) of the way from low to high, on the dimension's own scale."""
        if self.log:
            exact = self.low * math.exp(math.log(self.high / self.low) * fraction)
        else:
            exact = self.low + (self.high - self.low) * fraction
        return min(max(exact, self.low), self.high)


class Int(Conditional):
    """A whole number in [low, high], uniform or uniform in its logarithm."""

    kind: Literal["int"] = "int"
    low: int
    high: int
    log: bool = False

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        _check_range(self.low, self.high, self.log)
        return self

    def probes(self) -> tuple[Value, ...]:
        """Values that stand for all: both ends."""
        return (self.low, self.high)

    def problem(self, value: Value) -> str | None:
        """Why `value` is not in the range; None where it is."""
        return _outside(value, self.low, self.high, int, "whole number")

    def grid(self, points: int) -> list[Value]:
        """At most `points` distinct whole numbers from low to high."""
        exact = Float(low=self.low, high=self.high, log=self.log).grid(points)
        return list(dict.fromkeys(round(float(value)) for value in exact if isinstance(value, float)))

    def at(self, fraction: float) -> Value:
        """The whole number at `fraction` in [0, 1): each has its equal share, or its share of the logarithm."""
        exact = Float(low=self.low - 0.5, high=self.high + 0.5, log=self.log).at(fraction)
        return min(max(round(float(str(exact))), self.low), self.high)


class Choice(Conditional):
    """One of the listed values, without an order."""

    kind: Literal["choice"] = "choice"
    values: list[Value] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _has_no_repeats(self) -> Self:
        if any(same(value, other) for n, value in enumerate(self.values) for other in self.values[:n]):
            raise ValueError(f"values {self.values} name a value twice; list each once")
        return self

    def probes(self) -> tuple[Value, ...]:
        """Values that stand for all: every one."""
        return tuple(self.values)

    def problem(self, value: Value) -> str | None:
        """Why `value` is none of the choices; None where it is one."""
        if any(same(value, choice) for choice in self.values):
            return None
        return f"it is none of {self.values}"

    def grid(self, points: int) -> list[Value]:  # noqa: ARG002 - a choice has no spacing, every value is a point
        return list(self.values)

    def at(self, fraction: float) -> Value:
        """The value at `fraction` in [0, 1): each has an equal share."""
        return self.values[int(fraction * len(self.values))]


Dimension = Annotated[Float | Int | Choice, Field(discriminator="kind")]


def _outside(value: Value, low: float, high: float, kind: type | UnionType, noun: str) -> str | None:
    if isinstance(value, bool) or not isinstance(value, kind):
        return f"it is no {noun}"
    assert isinstance(value, int | float)
    return None if low <= value <= high else f"it is not between {low:g} and {high:g}"


def same(left: Value, right: Value) -> bool:
    """Equal and of one kind: true is no 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _check_range(low: float, high: float, log: bool) -> None:
    if low >= high:
        raise ValueError(
            f"low is {low:g} and high is {high:g}: low must be below high; to hold a value fixed, "
            "put it under the arm's `fixed`"
        )
    if log and low <= 0:
        raise ValueError(f"low is {low:g}: a range with `log: true` must start above 0; raise low or drop log")
