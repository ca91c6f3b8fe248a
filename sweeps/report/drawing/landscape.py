"""Value over noise scale and decorrelation rate, a panel an arm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sweeps.report.drawing.measured import ArmMeasured, Measured, Tried
from sweeps.report.drawing.style import DOTS, INK, bounded, canvas, colour_bar, logarithmic, metric_name, short, told
from sweeps.report.landscape import colour_range, value_range
from sweeps.report.rounding import counted
from sweeps.report.thinning import POINTS, evenly

LONGEST_TITLE = 18
PANELS_A_ROW = 3

Look = Mapping[str, Any]


@dataclass(frozen=True)
class Way:
    """One way of laying out a panel."""

    x: Callable[[Tried], float | None]
    x_name: str
    y: Callable[[Tried], float | None] | None
    """None: the value itself is the height."""
    y_name: str


def landscape(measured: Measured) -> Figure | None:
    """Over both where an arm searches both, else the value over the one that it searches."""
    shown = [arm for arm in measured.arms if len(arm.tried) > 1]
    if not shown:
        return None
    columns = min(PANELS_A_ROW, len(shown))
    rows = -(-len(shown) // columns)
    made = canvas(0.5 + 2.2 * rows)
    grid = made.subplots(rows, columns, squeeze=False)
    values = [one.value for arm in shown for one in arm.tried]
    between = colour_range(values, measured.maximise) or (0.0, 1.0)
    look = {"norm": Normalize(*between), "cmap": "viridis" if measured.maximise else "viridis_r"}
    ways, height = [_way(arm, measured.metric) for arm in shown], value_range(values, measured.maximise)
    left_out = []
    for index, (axes, arm, way) in enumerate(zip(grid.flat, shown, ways, strict=False)):
        able = [one for one in arm.tried if way.x(one) is not None and (way.y is None or way.y(one) is not None)]
        drawn = _drawn(able, POINTS // len(shown), measured.maximise)
        _panel(axes, drawn, way, look, height)
        left_out += _left_out(arm, able, drawn)
        axes.set_title(short(arm.label, LONGEST_TITLE), loc="left")
        alike = [arm.tried for arm, other in zip(shown, ways, strict=True) if other.x_name == way.x_name]
        logarithmic(axes, "x", _known(way.x, [one for tried in alike for one in tried]))
        below = ways[index + columns].x_name if index + columns < len(ways) else None
        if below != way.x_name:
            axes.set_xlabel(way.x_name)
        if index % columns == 0 or ways[index - 1].y_name != way.y_name:
            axes.set_ylabel(way.y_name)
        if way.y:
            logarithmic(axes, "y", _known(way.y, [one for arm in shown for one in arm.tried]))
    for axes in list(grid.flat)[len(shown) :]:
        axes.remove()
    colour_bar(made, grid, look, metric_name(measured.metric), values)
    told(made, [*left_out, *_not_shown(measured)])
    return made


def _way(arm: ArmMeasured, metric: str) -> Way:
    noises, rates = (any(part(one) is not None for one in arm.tried) for part in (_noise, _rate))
    if noises and rates:
        return Way(_noise, "noise scale", _rate, "decorrelation rate")
    return Way(*((_noise, "noise scale") if noises else (_rate, "decorrelation rate")), None, metric_name(metric))


def _noise(one: Tried) -> float | None:
    return one.noise_scale


def _rate(one: Tried) -> float | None:
    return one.decorrelation_rate


def _known(part: Callable[[Tried], float | None], tried: Sequence[Tried]) -> list[float]:
    return [value for one in tried if (value := part(one)) is not None]


def _drawn(able: Sequence[Tried], most: int, maximise: bool) -> list[Tried]:
    """The best last, above the others."""
    return evenly(sorted(able, key=lambda one: one.value if maximise else -one.value), max(2, most))


def _panel(axes: Axes, drawn: Sequence[Tried], way: Way, look: Look, between: tuple[float, float]) -> None:
    """A value beyond what the axis shows stands at its end."""
    x, values = _known(way.x, drawn), [one.value for one in drawn]
    y = _known(way.y, drawn) if way.y else [min(max(value, between[0]), between[1]) for value in values]
    axes.scatter(x, y, c=values, **DOTS, **look)
    if drawn:
        axes.scatter(x[-1:], y[-1:], s=100, facecolors="none", edgecolors=INK, linewidths=1.1, zorder=4)
    if not way.y:
        bounded(axes, *between)


def _left_out(arm: ArmMeasured, able: Sequence[Tried], drawn: Sequence[Tried]) -> list[str]:
    missing = arm.completed - len(able)
    said = [f"{arm.label}: {counted(missing, 'trial')} without a positive value on the axes"] if missing else []
    thin = len(drawn) < len(able)
    return said + (
        [f"{arm.label}: {len(drawn):,} of {counted(len(able), 'trial')}, the best among them"] if thin else []
    )


def _not_shown(measured: Measured) -> list[str]:
    """Arms without a panel, in words."""
    neither = [arm.label for arm in measured.arms if arm.completed > 1 and not arm.tried]
    few = [arm.label for arm in measured.arms if arm.completed <= 1 or len(arm.tried) == 1]
    said = [f"{', '.join(neither)}: searched over neither"] if neither else []
    return said + ([f"{', '.join(few)}: fewer than two completed trials"] if few else [])
