"""One arm's panel: a map over noise scale and decorrelation rate, or a curve over the one that it searches."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sweeps.figures.axes import Panel, Values, along, at, fraction, over, span
from sweeps.figures.drawing import GREY, Trace
from sweeps.figures.marks import CROSS, STAR, full, points
from sweeps.figures.smoothing import Numbers, kernel_mean
from sweeps.figures.subject import DrawnArm, number
from sweeps.figures.words import shown
from sweeps.ledger.records import TrialRecord
from sweeps.report.landscape import DECORRELATION, NOISE, colour_range
from sweeps.report.thinning import evenly, share
from sweeps.space import Choice
from sweeps.states import TrialState

GRID = 41
"""Places along each side of a map."""
LEAST = 3
"""Completed trials from which a map or a curve is drawn between them."""
SMOOTHED = 1_000
"""Trials that a map is made from: more change nothing that can be seen."""
LOST = "diverged or failed"


def paths_of(arm: DrawnArm) -> list[str]:
    """What of the two the arm searches."""
    return [path for path in (NOISE, DECORRELATION) if path in arm.space]


def is_map(arm: DrawnArm) -> bool:
    return len(paths_of(arm)) == 2


def panel_of(arm: DrawnArm, panel: Panel, most: int, colours: dict[str, Any]) -> list[Trace]:
    """`most`: trials that it marks; `colours`: the colour axis of the maps."""
    between = _map(arm, panel, colours) if is_map(arm) else _curve(arm, panel, paths_of(arm)[0])
    return [*between, *_marks(arm, panel, paths_of(arm), most)]


def values_of(arm: DrawnArm, metric: str) -> Values:
    """What its marks are coloured by, or stand at."""
    return over(metric, arm.values, arm.maximise)


def axes_of(arm: DrawnArm, metric: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The panel's x and y axis."""
    if is_map(arm):
        return along(NOISE, arm.space[NOISE]), along(DECORRELATION, arm.space[DECORRELATION])
    path = paths_of(arm)[0]
    return along(path, arm.space[path]), values_of(arm, metric).axis


def colours_of(arms: Sequence[DrawnArm], metric: str, maximise: bool, is_narrow: bool) -> dict[str, Any]:
    """One scale for the maps of all arms: bright is good. Viridis reads the same with and without colour vision."""
    values = [number(trial.value) for arm in arms if is_map(arm) for trial in arm.completed]
    scale: dict[str, Any] = {"colorscale": "Viridis", "reversescale": not maximise}
    title = {"text": shown(metric), "side": "right"}
    bar: dict[str, Any] = {"thickness": 12, "outlinewidth": 0}
    beside = {"title": title, "lenmode": "pixels", "len": 260, "y": 1.0, "yanchor": "top"}
    above = {"text": f"{shown(metric)}<br> ", "side": "top"}  # Plotly lays its last line over the bar
    below = {"title": above, "orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom"}
    scale["colorbar"] = bar | (below if is_narrow else beside)
    between = colour_range(values, maximise)
    return scale | ({"cmin": between[0], "cmax": between[1]} if between and between[0] < between[1] else {})


def _map(arm: DrawnArm, panel: Panel, colours: dict[str, Any]) -> list[Trace]:
    """The values between the trials as a contour plot, on the axes' own scales."""
    trials = _smoothed(arm)
    if not trials:
        return []
    steps = np.linspace(0.0, 1.0, GRID)
    asked = np.array([(x, y) for y in steps for x in steps])
    found = kernel_mean(_places(arm, trials), _values(arm, trials), asked).reshape(GRID, GRID)
    x, y = (_unscaled(arm, path, steps) for path in paths_of(arm))
    trace = {"type": "contour", "x": x, "y": y, "z": [[_rounded(z) for z in row] for row in found.tolist()]}
    looks = {"showscale": False, "line": {"width": 0.5, "color": "rgba(255,255,255,0.5)"}, "hoverinfo": "skip"}
    looks |= {name: colours[name] for name in ("colorscale", "reversescale")}
    if "cmin" in colours:
        looks |= {"zmin": colours["cmin"], "zmax": colours["cmax"]}
    return [trace | looks | {"ncontours": 18, "connectgaps": False} | panel.axes()]


def _curve(arm: DrawnArm, panel: Panel, path: str) -> list[Trace]:
    trials = _smoothed(arm)
    if not trials:
        return []
    steps = np.linspace(0.0, 1.0, 4 * GRID)
    found = kernel_mean(_places(arm, trials), _values(arm, trials), steps[:, None]).tolist()
    line = {"color": arm.style.colour, "width": 2}
    trace = {"type": "scatter", "mode": "lines", "x": _unscaled(arm, path, steps), "y": [_rounded(y) for y in found]}
    return [trace | _named("mean of near trials", panel) | {"line": line, "hoverinfo": "skip"}]


def _smoothed(arm: DrawnArm) -> list[TrialRecord]:
    """What lies between is told from these trials; none where they are too few, or between choices."""
    if any(isinstance(arm.space[path], Choice) for path in paths_of(arm)):
        return []
    trials = evenly(placed(arm.completed, paths_of(arm)), SMOOTHED)
    return trials if len(trials) >= LEAST else []


def _marks(arm: DrawnArm, panel: Panel, paths: Sequence[str], most: int) -> Iterable[Trace]:
    """The trials: coloured by value on a map, at the height of their value beside a curve."""
    kinds = [("completed", arm.completed), ("pruned", arm.pruned), (LOST, arm.lost)]
    there = sum(len(trials) for _, trials in kinds)
    for name, all_of_them in kinds:
        trials = evenly(placed(all_of_them, paths), share(len(all_of_them), there, most))
        if trials:
            marker = _marker(name, arm, trials)
            yield points(*_coordinates(arm, trials, paths), trials, marker=marker, **_named(name, panel))
    if arm.best and placed([arm.best], paths):
        where = _coordinates(arm, [arm.best], paths)
        yield points(*where, [arm.best], marker=STAR, **_named("best", panel))


def _named(name: str, panel: Panel) -> dict[str, Any]:
    return {"name": name, "legendgroup": name} | panel.axes()


def _coordinates(arm: DrawnArm, trials: Sequence[TrialRecord], paths: Sequence[str]) -> tuple[list[Any], list[Any]]:
    x = [at(arm.space[paths[0]], trial.configuration[paths[0]]) for trial in trials]
    if len(paths) == 2:
        return x, [at(arm.space[paths[1]], trial.configuration[paths[1]]) for trial in trials]
    worst = values_of(arm, "").between[0 if arm.maximise else 1]  # where those lie that have no value
    return x, [worst if one.state in (TrialState.DIVERGED, TrialState.FAILED) else one.value for one in trials]


def _marker(name: str, arm: DrawnArm, trials: Sequence[TrialRecord]) -> dict[str, Any]:
    if name == LOST:
        return CROSS
    if name == "pruned":
        return {"color": GREY, "symbol": "circle-open", "size": 6, "opacity": 0.75}
    if not is_map(arm):
        return full(arm.style.colour, arm.style.symbol)
    values = [trial.value for trial in trials]
    return full(values, "circle", coloraxis="coloraxis", size=8, line={"color": "#ffffff", "width": 1.2})


def placed(trials: Iterable[TrialRecord], paths: Sequence[str]) -> list[TrialRecord]:
    """Those that have a value in each path: where a path is conditional, not all do."""
    return [trial for trial in trials if all(path in trial.configuration for path in paths)]


def _places(arm: DrawnArm, trials: Sequence[TrialRecord]) -> Numbers:
    paths = paths_of(arm)
    return np.array([[fraction(arm.space[path], trial.configuration[path]) for path in paths] for trial in trials])


def _values(arm: DrawnArm, trials: Sequence[TrialRecord]) -> Numbers:
    between = values_of(arm, "")
    return np.array([between.clipped(number(trial.value)) for trial in trials])


def _unscaled(arm: DrawnArm, path: str, steps: Numbers) -> list[float]:
    dimension = arm.space[path]
    assert not isinstance(dimension, Choice)
    low, high = span(dimension)
    places = low + (high - low) * steps
    return [float(f"{value:.5g}") for value in (10.0**places if dimension.log else places)]


def _rounded(value: float) -> float | None:
    return float(f"{value:.5g}") if np.isfinite(value) else None
