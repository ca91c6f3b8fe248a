"""Figures as text: four digits where they are known, never more than the spread allows to be compared."""

import math
from collections.abc import Mapping

from sweeps.report.statistics import Summary
from sweeps.space import Value

NOTHING = "-"


def rounded(value: float | None) -> str:
    """Four significant digits, and never fewer than four decimals below one: 0.9533, 1.235, 12.35, 1.2e-07."""
    return NOTHING if value is None else _fixed(value, _decimals(value))


def difference(value: float | None) -> str:
    """Two significant digits below one, where the third says nothing any more: 0.0059, 6e-05; else as a figure."""
    return f"{value:.2g}" if value is not None and abs(value) < 1.0 else rounded(value)


def with_spread(mean: float | None, spread: float | None) -> str:
    """`0.9533 ± 0.0012`: both with the mean's decimals; the mean alone where there is no spread."""
    if mean is None or spread is None:
        return rounded(mean)
    decimals = _decimals(mean)
    return f"{_fixed(mean, decimals)} ± {_fixed(spread, decimals)}"


def interval(summary: Summary | None) -> str:
    """`0.9494–0.9572`, or with `to` where the dash could be taken for a sign."""
    if summary is None or summary.low is None or summary.high is None:
        return NOTHING
    decimals = _decimals(summary.mean)
    dash = " to " if summary.low < 0 else "–"
    return f"{_fixed(summary.low, decimals)}{dash}{_fixed(summary.high, decimals)}"


def configured(value: Value) -> str:
    """A value of a configuration: numbers with four significant digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    return str(value)


def settings(configuration: Mapping[str, Value]) -> str:
    """`learning_rate 0.003, noise_scale 0.01`."""
    return ", ".join(f"{path} {configured(value)}" for path, value in configuration.items())


def counted(number: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float | None) -> str:
    """`43.1 s`, `12.5 min`, `3.2 h`."""
    if seconds is None:
        return NOTHING
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6_000 else f"{seconds / 3600:.1f} h"


def _decimals(value: float) -> int | None:
    """Decimals for four significant digits, at least four below one; None where the number wants an exponent."""
    size = abs(value)
    if size == 0.0 or 1e-3 <= size < 1.0:
        return 4
    if not 1e-3 <= size < 1e6:
        return None
    return max(0, 3 - math.floor(math.log10(size)))


def _fixed(value: float, decimals: int | None) -> str:
    return f"{value:.3e}" if decimals is None else f"{value:.{decimals}f}"
