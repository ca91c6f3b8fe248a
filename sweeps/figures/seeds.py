"""Arms beside each other: means over seeds with their confidence intervals, and each seed as a point beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sweeps.arm_colours import ArmStyle
from sweeps.figures.drawing import Cell, Layout, Trace
from sweeps.figures.words import labels, shown
from sweeps.report.models import SeedResult
from sweeps.report.rounding import interval, with_spread
from sweeps.report.statistics import Summary

SPREAD = 0.24
"""Of the points of one column, to both sides; columns are 1 apart."""
NOTE = "Left: each seed of the best configuration, trained anew. Right: their mean with its 95 % interval."


@dataclass(frozen=True)
class Column:
    """One arm."""

    name: str
    style: ArmStyle
    seeds: tuple[SeedResult, ...]
    test: Summary | None

    @property
    def values(self) -> list[float]:
        return [seed.test for seed in self.seeds if seed.test is not None]


def beside_each_other(columns: Sequence[Column], metric: str) -> tuple[list[Trace], Layout]:
    """Traces and layout. In each column the seeds stand on the left, the mean with its interval on the right."""
    names = labels([column.name for column in columns])
    data = [trace for x, column in enumerate(columns) for trace in _traces(x, names[x], column)]
    axis = {"tickvals": list(range(len(columns))), "ticktext": names, "range": [-0.6, len(columns) - 0.4]}
    return data, {
        "height": 420,
        "showlegend": False,
        "xaxis": axis | {"zeroline": False, "showgrid": False},
        "yaxis": {"title": {"text": shown(metric)}},
    }


def headings(of: str, metric: str) -> tuple[str, ...]:
    """Of the table."""
    return (of, f"{metric}, mean ± standard deviation", "seeds", "95 % interval", "seeds' values")


def row(column: Column) -> tuple[Cell, ...]:
    values, test = ", ".join(f"{value:.5g}" for value in column.values), column.test
    if test is None:
        return (column.name, None, 0, None, values)
    return (column.name, with_spread(test.mean, test.std), test.n, interval(test), values)


def _traces(x: int, name: str, column: Column) -> list[Trace]:
    named = {"name": name, "showlegend": False}
    style, values = column.style, column.values
    marker = {"color": style.colour, "symbol": style.symbol, "size": 7, "opacity": 0.6}
    seeds = {"type": "scatter", "mode": "markers", "x": _beside(x, len(values)), "y": values, "marker": marker}
    traces = [seeds | named | {"hovertemplate": "seed: %{y:.5g}<extra>%{fullData.name}</extra>"}] if values else []
    return traces + ([_mean(x, style, column.test) | named] if column.test else [])


def _beside(x: int, count: int) -> list[float]:
    """Next to each other, so that equal values are seen."""
    step = SPREAD / max(1, count - 1)
    return [round(x - SPREAD - 0.04 + place * step, 4) for place in range(count)]


def _mean(x: int, style: ArmStyle, summary: Summary) -> Trace:
    mark = {"color": style.colour, "symbol": style.symbol, "size": 11, "line": {"color": "#ffffff", "width": 1}}
    trace: Trace = {"type": "scatter", "mode": "markers", "x": [x + 0.16], "y": [summary.mean], "marker": mark}
    if summary.low is not None and summary.high is not None:
        ends = {"array": [summary.high - summary.mean], "arrayminus": [summary.mean - summary.low]}
        bar = {"type": "data", "symmetric": False, "color": style.colour, "thickness": 2, "width": 6}
        trace["error_y"] = bar | ends
    return trace | {"hovertemplate": "mean %{y:.5g}<extra>%{fullData.name}</extra>"}
