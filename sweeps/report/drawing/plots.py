"""The figures themselves; each gives None where there is nothing to show."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sweeps.arm_colours import arm_style
from sweeps.report.columns import one_line
from sweeps.report.drawing.measured import Measured, Tried
from sweeps.report.drawing.names import FigureName
from sweeps.report.drawing.style import DOTS, INK, LINES, bounded, colour_bar, figure, logarithmic, metric_name

LONGEST_LABEL, SHORTER = 24, 18
PANELS_A_ROW = 3


def arms(measured: Measured) -> Figure | None:
    """Every seed a point; the mean a line with its interval beside the points."""
    shown = [arm for arm in measured.arms if arm.seeds]
    if not shown:
        return None
    made = figure(max(1.6, 0.6 + 0.36 * len(shown)))
    axes = made.subplots()
    for row, arm in enumerate(shown):
        colour = arm_style(arm.arm).colour
        spread = [row + 0.16 * ((index % 3) - 1) for index in range(len(arm.seeds))]
        axes.scatter(arm.seeds, spread, s=16, color=colour, alpha=0.75, linewidths=0, zorder=3)
        if arm.interval:
            axes.plot(arm.interval, [row, row], color=colour, linewidth=1.2, zorder=2)
        axes.plot([arm.mean or 0.0], [row], marker="|", markersize=14, markeredgewidth=2, color=colour, zorder=4)
    axes.set_yticks(range(len(shown)), [_short(arm.label) for arm in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(metric_name(measured.test_metric))
    return made


def landscape(measured: Measured) -> Figure | None:
    """A panel an arm: where both are searched, over both; else the value over the noise scale alone."""
    shown = [arm for arm in measured.arms if len(arm.tried) > 1]
    if not shown:
        return None
    columns = min(PANELS_A_ROW, len(shown))
    rows = -(-len(shown) // columns)
    made = figure(0.5 + 2.2 * rows)
    grid = made.subplots(rows, columns, squeeze=False)
    every = [one for arm in shown for one in arm.tried]
    values = [one.value for one in every]
    look = {"norm": Normalize(min(values), max(values)), "cmap": "viridis" if measured.maximise else "viridis_r"}
    before = None
    for index, (axes, arm) in enumerate(zip(grid.flat, shown, strict=False)):
        over_both = any(one.decorrelation_rate is not None for one in arm.tried)
        (_over_both if over_both else _over_noise)(axes, arm.tried, every, look)
        _circle_best(axes, arm.tried, over_both, measured.maximise)
        axes.set_title(_short(arm.label, SHORTER), loc="left")
        logarithmic(axes, "x", [one.noise_scale for one in every])
        if index + columns >= len(shown):
            axes.set_xlabel("noise scale")
        if index % columns == 0 or over_both is not before:
            axes.set_ylabel("decorrelation rate" if over_both else metric_name(measured.metric))
        before = over_both
    for axes in list(grid.flat)[len(shown) :]:
        axes.remove()
    colour_bar(made, grid, look, metric_name(measured.metric))
    return made


def _over_both(axes: Axes, tried: Sequence[Tried], every: Sequence[Tried], look: Mapping[str, Any]) -> None:
    both = [(one, one.decorrelation_rate) for one in tried if one.decorrelation_rate is not None]
    axes.scatter(
        [one.noise_scale for one, _ in both],
        [rate for _, rate in both],
        c=[one.value for one, _ in both],
        **DOTS,
        **look,
    )
    logarithmic(axes, "y", [one.decorrelation_rate for one in every if one.decorrelation_rate is not None])


def _over_noise(axes: Axes, tried: Sequence[Tried], every: Sequence[Tried], look: Mapping[str, Any]) -> None:
    values = [one.value for one in tried]
    axes.scatter([one.noise_scale for one in tried], values, c=values, **DOTS, **look)
    bounded(axes, min(one.value for one in every), max(one.value for one in every))


def _circle_best(axes: Axes, tried: Sequence[Tried], over_both: bool, maximise: bool) -> None:
    best = (max if maximise else min)(tried, key=lambda one: one.value)
    height = best.decorrelation_rate if over_both else best.value
    if height is not None:
        axes.scatter([best.noise_scale], [height], s=100, facecolors="none", edgecolors=INK, linewidths=1.1, zorder=4)


def curves(measured: Measured) -> Figure | None:
    """A line an arm with its band; named at the side, since lines end close together."""
    shown = [arm for arm in measured.arms if arm.curve]
    if not shown:
        return None
    made = figure(3.4)
    axes = made.subplots()
    for arm in shown:
        colour = arm_style(arm.arm).colour
        epochs = [point.epoch for point in arm.curve]
        means = [point.mean for point in arm.curve]
        dash = LINES[arm_style(arm.arm).dash]
        axes.plot(
            epochs, means, linestyle=dash, color=colour, label=_short(arm.label), marker="." if len(epochs) == 1 else ""
        )
        low = [point.mean - point.std for point in arm.curve]
        high = [point.mean + point.std for point in arm.curve]
        axes.fill_between(epochs, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.set_xlabel("epoch")
    axes.set_ylabel(metric_name(measured.metric))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    made.legend(loc="outside right center", fontsize=8)
    return made


def _short(label: str, longest: int = LONGEST_LABEL) -> str:
    """Fits beside an axis; what would command the terminal or matplotlib's formulas is printed."""
    kept = one_line(label)
    return (kept if len(kept) <= longest else f"{kept[: longest - 1]}…").replace("$", r"\$")


PLOTS: dict[FigureName, Callable[[Measured], Figure | None]] = {
    "arms": arms,
    "landscape": landscape,
    "curves": curves,
}
