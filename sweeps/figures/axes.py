"""Axes and panels."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sweeps.figures.drawing import Layout
from sweeps.figures.subject import DrawnArm
from sweeps.figures.words import shown
from sweeps.report.landscape import value_range
from sweeps.report.rounding import configured, counted
from sweeps.space import Choice, Dimension, Value

PADDING = 0.04
"""Of a range, on either side, so that no mark is cut."""
LEAST_TICKS = 3
PANELS = 12
"""In one figure."""


def along(path: str, dimension: Dimension) -> dict[str, Any]:
    """The axis of a searched path, over all of its range."""
    if isinstance(dimension, Choice):
        labels = [choice(value) for value in dimension.values]
        return {
            "title": {"text": shown(path)},
            "type": "category",
            "categoryarray": labels,
            "range": [-0.5, len(labels) - 0.5],
        }
    low, high = (scaled(dimension, end) for end in (dimension.low, dimension.high))
    margin = PADDING * (high - low)
    axis: dict[str, Any] = {"title": {"text": shown(path)}, "range": [low - margin, high + margin]}
    if not dimension.log:
        return axis | {"type": "linear"}
    return axis | {"type": "log"} | _logarithmic(dimension.low, dimension.high)


def _logarithmic(low: float, high: float) -> dict[str, Any]:
    """Ticks at powers of ten; where that would be one or none, between them."""
    if high / low >= 100.0:
        return {"exponentformat": "power", "dtick": 1}
    powers = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    for steps in ((1, 2, 5), (1, 2, 3, 4, 6, 8), [1 + step / 10 for step in range(90)]):
        ticks = [value for power in powers for step in steps if low <= (value := float(f"{step * power:.3g}")) <= high]
        if len(ticks) >= LEAST_TICKS:
            break
    ticks = ticks or [low, high]
    return {"tickvals": ticks, "ticktext": [f"{tick:g}".replace("e-0", "e-").replace("e+0", "e") for tick in ticks]}


def scaled(dimension: Dimension, value: Value) -> float:
    """A value's place on its dimension's own scale; of a choice, its place among them."""
    if isinstance(dimension, Choice):
        return float([choice(one) for one in dimension.values].index(choice(value)))
    assert isinstance(value, int | float)
    return math.log10(value) if dimension.log else float(value)


def span(dimension: Dimension) -> tuple[float, float]:
    """From where to where the dimension goes, on its own scale."""
    if isinstance(dimension, Choice):
        return -0.5, len(dimension.values) - 0.5
    return scaled(dimension, dimension.low), scaled(dimension, dimension.high)


def fraction(dimension: Dimension, value: Value) -> float:
    """Where the value lies between the ends of its dimension, from 0 to 1."""
    low, high = span(dimension)
    return (scaled(dimension, value) - low) / (high - low)


def at(dimension: Dimension, value: Value) -> Value:
    """The value as its axis takes it."""
    return choice(value) if isinstance(dimension, Choice) else value


def choice(value: Value) -> str:
    """What a choice is called on its axis."""
    return shown(configured(value))


@dataclass(frozen=True)
class Values:
    """The axis of a metric, over which a few bad values do not press all others together."""

    metric: str
    between: tuple[float, float]
    beyond: int
    """Values that lie off it."""

    @property
    def axis(self) -> dict[str, Any]:
        low, high = self.between
        margin = PADDING * (high - low)
        ends = {"range": [low - margin, high + margin]} if self.beyond else {}
        return {"title": {"text": shown(self.metric)}} | ends

    def notes(self, instead: str = "off the axis; a double-click on the plot shows them") -> list[str]:
        are = "is" if self.beyond == 1 else "are"
        return [f"{counted(self.beyond, 'value')} far worse than the others {are} {instead}."] if self.beyond else []

    def clipped(self, value: float) -> float:
        """The value, or the end of the axis that it lies beyond."""
        return min(max(value, self.between[0]), self.between[1])


def over(metric: str, values: Iterable[float], maximise: bool) -> Values:
    known = list(values)
    low, high = value_range(known, maximise)
    return Values(metric, (low, high), sum(not low <= value <= high for value in known))


@dataclass(frozen=True)
class Panel:
    """One of several plots in a figure, counted from 0."""

    number: int

    @property
    def x(self) -> str:
        """Its axes as traces name them."""
        return f"x{self.number + 1}" if self.number else "x"

    @property
    def y(self) -> str:
        return f"y{self.number + 1}" if self.number else "y"

    def axes(self) -> dict[str, str]:
        """For a trace."""
        return {"xaxis": self.x, "yaxis": self.y}


def panelled(
    axes: Sequence[tuple[dict[str, Any], dict[str, Any]]],
    titles: Sequence[str] = (),
    columns: int = 2,
    height: float = 300.0,
) -> Layout:
    """Panels in rows of `columns`, each with its x and its y axis and, if given, its title above it."""
    columns = min(columns, len(axes)) or 1
    rows = math.ceil(len(axes) / columns)
    total = height * rows + 68
    across, down = (0.17 if columns == 2 else 0.09), (96.0 / total if rows > 1 else 0.0)
    wide, tall = (1 - across * (columns - 1)) / columns, (1 - down * (rows - 1)) / rows
    layout: Layout = {"height": total, "annotations": [], "margin": {"l": 64, "r": 24, "t": 72, "b": 56}}
    layout["legend"] = {"orientation": "h", "x": 0.0, "y": 1 + 24 / (total - 128), "yanchor": "bottom"}  # above titles
    for place, (x, y) in enumerate(axes):
        row, column = divmod(place, columns)
        left, top = column * (wide + across), 1 - row * (tall + down)
        panel = Panel(place)
        layout[f"xaxis{panel.x[1:]}"] = x | {"anchor": panel.y, "domain": [left, left + wide]}
        layout[f"yaxis{panel.y[1:]}"] = y | {"anchor": panel.x, "domain": [max(0.0, top - tall), top]}
        if place < len(titles):
            layout["annotations"].append(_title(titles[place], left, top))
    return layout


def first_of(arms: Sequence[DrawnArm]) -> tuple[Sequence[DrawnArm], list[str]]:
    """As many arms as one figure has room for, and a word on the others."""
    first = f"The first {PANELS} of {len(arms)} arms are drawn; ask for others by name."
    return arms[:PANELS], [first] if len(arms) > PANELS else []


def _title(text: str, left: float, top: float) -> dict[str, Any]:
    where = {"x": left, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return where | {"text": text, "showarrow": False, "font": {"size": 13}}
