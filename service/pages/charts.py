"""Line charts over epochs as a template draws them: in percent of their area, so that text keeps its size."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pages.words import number
from sweeps.report.thinning import evenly

POINTS = 60
"""Marks on one line; a longer one keeps its shape and has fewer of them."""
ROWS = 12
"""Of the table that stands beside a chart."""
TICKS = 5
LOGARITHMIC = 50.0
"""From this ratio of the largest to the smallest value on, the axis is logarithmic."""


@dataclass(frozen=True)
class Series:
    """One line: its values by epoch, None where one was not finite."""

    name: str
    colour: str
    values: Mapping[int, float | None]
    is_dashed: bool = False


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Line:
    name: str
    colour: str
    is_dashed: bool
    path: str
    """In a square of 100, y downwards."""
    points: list[Point]


@dataclass(frozen=True)
class Chart:
    """Places are percents, from the left and from the top."""

    name: str
    lines: list[Line]
    x: list[Tick]
    y: list[Tick]
    is_logarithmic: bool
    rows: list[tuple[int, list[float | None]]]
    """Some epochs with every line's value."""


def chart(name: str, series: Sequence[Series], epochs: int) -> Chart | None:
    """None where no value is known. `epochs`: how many there will be."""
    known = [value for one in series for value in one.values.values() if value is not None]
    if not known:
        return None
    measured = sorted({epoch for one in series for epoch in one.values})
    scale, last = _scale(known), max(epochs, measured[-1], 2)
    return Chart(
        name=name,
        lines=[_line(one, scale, last) for one in series],
        x=[Tick(_across(epoch, last), f"{epoch:,}") for epoch in _epochs(last)],
        y=[Tick(scale.down(value), number(float(value))) for value in scale.ticks()],
        is_logarithmic=scale.is_logarithmic,
        rows=[(epoch, [one.values.get(epoch) for one in series]) for epoch in evenly(measured, ROWS)],
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    is_logarithmic: bool

    def down(self, value: float) -> float:
        """How far below the top."""
        low, high, value = (math.log(x) if self.is_logarithmic else x for x in (self.low, self.high, value))
        return round(100.0 * (high - value) / (high - low), 3)

    def ticks(self) -> list[float]:
        if self.is_logarithmic:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            return [10.0**power for power in range(first, last + 1, 1 + (last - first) // TICKS)]
        step = _step(self.high - self.low)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [place * step for place in range(first, last + 1)]


def _scale(known: Sequence[float]) -> _Scale:
    """With a little room above and below."""
    low, high = min(known), max(known)
    if low > 0 and high / low >= LOGARITHMIC:
        room = (high / low) ** 0.04
        return _Scale(low / room, high * room, True)
    room = 0.06 * (high - low) if high > low else 0.1 * abs(high) or 1.0
    room = max(room, 1e-9 * abs(high))  # that of two neighbouring floats would vanish beside them
    return _Scale(low - room, high + room, False)


def _step(span: float) -> float:
    """1, 2 or 5 times a power of ten, so that there are at most five steps."""
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    return next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= TICKS)


def _epochs(last: int) -> list[int]:
    """The first, the last, and round ones between them that do not touch these."""
    step = max(1, round(_step(last - 1)))
    return [1, *(epoch for epoch in range(step, last, step) if epoch > 1 + step / 2 and last - epoch > step / 2), last]


def _across(epoch: int, last: int) -> float:
    return round(100.0 * (epoch - 1) / (last - 1), 3)


def _line(one: Series, scale: _Scale, last: int) -> Line:
    """Broken where a value is missing."""
    path, points, is_down = [], [], False
    for epoch, value in sorted(one.values.items()):
        if value is None:
            is_down = False
            continue
        x, y = _across(epoch, last), scale.down(value)
        path.append(f"{'L' if is_down else 'M'}{x:g} {y:g}")
        points.append(Point(x, y, f"{one.name}, epoch {epoch}: {number(value)}"))
        is_down = True
    return Line(one.name, one.colour, one.is_dashed, "".join(path), evenly(points, POINTS))
