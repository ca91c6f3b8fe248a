"""Means over seeds with their confidence intervals, and each seed as a point beside them."""

from collections.abc import Sequence

from sweeps.arm_colours import ArmStyle
from sweeps.figures.drawing import Trace
from sweeps.report.statistics import Summary

SPREAD = 0.24
"""Of the points of one column, to both sides; columns are 1 apart."""


def columns_of_seeds(
    x: int, name: str, style: ArmStyle, values: Sequence[float], summary: Summary | None
) -> list[Trace]:
    """A column at `x`: the seeds left of it, the mean with its interval right of it."""
    named = {"name": name, "legendgroup": name, "showlegend": False}
    marker = {"color": style.colour, "symbol": style.symbol, "size": 7, "opacity": 0.6}
    seeds = {"type": "scatter", "mode": "markers", "x": _beside(x, len(values)), "y": list(values), "marker": marker}
    traces = [seeds | named | {"hovertemplate": "seed: %{y:.5g}<extra>%{fullData.name}</extra>"}] if values else []
    return traces + ([_mean(x, style, summary) | named] if summary else [])


def _beside(x: int, count: int) -> list[float]:
    """Next to each other, so that equal values are seen."""
    step = SPREAD / max(1, count - 1)
    return [round(x - SPREAD - 0.04 + place * step, 4) for place in range(count)]


def _mean(x: int, style: ArmStyle, summary: Summary) -> Trace:
    mark = {"color": style.colour, "symbol": style.symbol, "size": 11, "line": {"color": "#ffffff", "width": 1}}
    trace: Trace = {"type": "scatter", "mode": "markers", "x": [x + 0.16], "y": [summary.mean], "marker": mark}
    if summary.low is not None and summary.high is not None:
        ends = {"array": [summary.high - summary.mean], "arrayminus": [summary.mean - summary.low]}
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "color": style.colour,
            "thickness": 2,
            "width": 6,
        } | ends
    return trace | {"hovertemplate": "mean %{y:.5g}<extra>%{fullData.name}</extra>"}
