"""A trial's configuration beside what was searched: where in its range each value lies."""

import math
from dataclasses import dataclass

from sweeps.ledger.records import TrialRecord
from sweeps.report.rounding import configured
from sweeps.space import Choice, Dimension, Float, Int, Value
from sweeps.spec import SweepSpec

AT_THE_END = 0.02
"""The part of a range, on its own scale, that counts as its end."""


@dataclass(frozen=True)
class Setting:
    """One value, as it was chosen."""

    path: str
    value: str
    exact: str
    searched: str
    """In words; empty where it was not."""
    percent: float | None
    """How far from low to high, on the range's own scale; None without a range."""
    end: str
    """`lower` or `upper`, where it lies at that end of its range: a better one may lie beyond. Else empty."""


def settings(spec: SweepSpec, trial: TrialRecord) -> list[Setting]:
    """What was searched, in the specification's order, and then what the arm holds fixed."""
    space = spec.compare[trial.arm].space
    paths = [path for path in space if path in trial.configuration]
    paths += [path for path in trial.configuration if path not in space]
    return [_setting(path, trial.configuration[path], space.get(path)) for path in paths]


def _setting(path: str, value: Value, dimension: Dimension | None) -> Setting:
    fraction = _fraction(value, dimension)
    at_low, at_high = (
        fraction is not None and part <= AT_THE_END for part in (fraction or 0.0, 1.0 - (fraction or 0.0))
    )
    return Setting(
        path=path,
        value=configured(value),
        exact=str(value),
        searched=_searched(dimension),
        percent=None if fraction is None else round(100.0 * fraction, 2),
        end="lower" if at_low else "upper" if at_high else "",
    )


def _searched(dimension: Dimension | None) -> str:
    if dimension is None:
        return ""
    if isinstance(dimension, Choice):
        return "one of " + ", ".join(configured(value) for value in dimension.values)
    return f"{dimension.low:g} to {dimension.high:g}{', logarithmic' if dimension.log else ''}"


def _fraction(value: Value, dimension: Dimension | None) -> float | None:
    if not isinstance(dimension, Float | Int) or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    low, high = float(dimension.low), float(dimension.high)
    if dimension.log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)
