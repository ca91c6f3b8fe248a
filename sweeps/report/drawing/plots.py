"""The figures themselves; each gives None where there is nothing to show."""

from collections.abc import Callable

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sweeps.arm_colours import arm_style
from sweeps.report.drawing.landscape import landscape
from sweeps.report.drawing.measured import Measured
from sweeps.report.drawing.names import FigureName
from sweeps.report.drawing.style import LINES, canvas, metric_name, short


def arms(measured: Measured) -> Figure | None:
    """Every seed a point; the mean a line with its interval beside the points."""
    shown = [arm for arm in measured.arms if arm.seeds]
    if not shown:
        return None
    made = canvas(max(1.6, 0.6 + 0.36 * len(shown)))
    axes = made.subplots()
    for row, arm in enumerate(shown):
        colour = arm_style(arm.arm).colour
        spread = [row + 0.16 * ((index % 3) - 1) for index in range(len(arm.seeds))]
        axes.scatter(arm.seeds, spread, s=16, color=colour, alpha=0.75, linewidths=0, zorder=3)
        if arm.interval:
            axes.plot(arm.interval, [row, row], color=colour, linewidth=1.2, zorder=2)
        axes.plot([arm.mean or 0.0], [row], marker="|", markersize=14, markeredgewidth=2, color=colour, zorder=4)
    axes.set_yticks(range(len(shown)), [short(arm.label) for arm in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(metric_name(measured.test_metric))
    return made


def curves(measured: Measured) -> Figure | None:
    """A line an arm with its band; named at the side, since lines end close together."""
    shown = [(arm, arm.curve) for arm in measured.arms if arm.curve and any(m is not None for m in arm.curve.means)]
    if not shown:
        return None
    made = canvas(3.4)
    axes = made.subplots()
    for arm, curve in shown:
        colour, dash = arm_style(arm.arm).colour, LINES[arm_style(arm.arm).dash]
        points = [
            (epoch, mean, spread)
            for epoch, mean, spread in zip(curve.epochs, curve.means, curve.spreads, strict=True)
            if mean is not None
        ]
        epochs, means = [epoch for epoch, _, _ in points], [mean for _, mean, _ in points]
        name = short(arm.label) + ("" if curve.n == curve.of else f"\n{curve.n} of {curve.of} seeds")
        axes.plot(epochs, means, linestyle=dash, color=colour, label=name, marker="." if len(epochs) == 1 else "")
        low, high = [mean - spread for _, mean, spread in points], [mean + spread for _, mean, spread in points]
        axes.fill_between(epochs, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.set_xlabel("epoch")
    axes.set_ylabel(metric_name(measured.metric))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    made.legend(loc="outside right center", fontsize=8)
    return made


PLOTS: dict[FigureName, Callable[[Measured], Figure | None]] = {
    "arms": arms,
    "landscape": landscape,
    "curves": curves,
}
