"""Value over noise scale and decorrelation rate, a panel an arm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class Along:
    """What lies along an axis of places."""

    name: str
    of: Callable[[Tried], float | None]

    def known(self, tried: Sequence[Tried]) -> list[float]:
        return [value for one in tried if (value := self.of(one)) is not None]


NOISE = Along("noise scale", lambda one: one.noise_scale)
RATE = Along("decorrelation rate", lambda one: one.decorrelation_rate)


@dataclass(frozen=True)
class Panel:
    """One arm's: over both where it searches both, else the value over the one that it searches."""

    arm: ArmMeasured
    most: int
    maximise: bool

    @cached_property
    def axes(self) -> tuple[Along, Along | None]:
        """Along and up; None: the value is up."""
        if any(None not in (NOISE.of(one), RATE.of(one)) for one in self.arm.tried):
            return NOISE, RATE
        return (NOISE if NOISE.known(self.arm.tried) else RATE), None

    @cached_property
    def able(self) -> list[Tried]:
        """The trials that have a place."""
        return [one for one in self.arm.tried if all(axis.of(one) is not None for axis in self.axes if axis)]

    @cached_property
    def drawn(self) -> list[Tried]:
        """The best last, above the others."""
        return evenly(sorted(self.able, key=lambda one: one.value if self.maximise else -one.value), self.most)


def landscape(measured: Measured) -> Figure | None:
    shown = [arm for arm in measured.arms if len(arm.tried) > 1]
    if not shown:
        return None
    panels = [Panel(arm, max(2, POINTS // len(shown)), measured.maximise) for arm in shown]
    columns = min(PANELS_A_ROW, len(panels))
    rows = -(-len(panels) // columns)
    made = canvas(0.5 + 2.2 * rows)
    places = list(made.subplots(rows, columns, squeeze=False).flat)
    for axes in places[len(panels) :]:
        axes.remove()
    values = [one.value for panel in panels for one in panel.able]
    norm = Normalize(*(colour_range(values, measured.maximise) or (0.0, 1.0)))
    look = {"norm": norm, "cmap": "viridis" if measured.maximise else "viridis_r"}
    for axes, panel in zip(places, panels, strict=False):
        axes.set_title(short(panel.arm.label, LONGEST_TITLE), loc="left")
        _scale(axes, panel, panels)
        _mark(axes, panel, look)
    _name_axes(places, panels, columns, metric_name(measured.metric))
    colour_bar(made, places[: len(panels)], look, metric_name(measured.metric), values)
    told(made, _left_out(measured, panels))
    return made


def _scale(axes: Axes, panel: Panel, panels: Sequence[Panel]) -> None:
    """The same in all panels over the same."""
    along, up = panel.axes
    logarithmic(axes, "x", [value for other in panels if along in other.axes for value in along.known(other.able)])
    if up:
        logarithmic(axes, "y", [value for other in panels if up is other.axes[1] for value in up.known(other.able)])
    else:
        values = [one.value for other in panels if other.axes[1] is None for one in other.able]
        bounded(axes, *value_range(values, panel.maximise))


def _mark(axes: Axes, panel: Panel, look: Mapping[str, Any]) -> None:
    """The best circled. A value beyond what the axis shows stands at its end."""
    along, up = panel.axes
    low, high = axes.get_ylim()
    values = [one.value for one in panel.drawn]
    x, y = along.known(panel.drawn), up.known(panel.drawn) if up else [min(max(one, low), high) for one in values]
    axes.scatter(x, y, c=values, clip_on=False, **DOTS, **look)
    axes.scatter(x[-1:], y[-1:], s=100, facecolors="none", edgecolors=INK, linewidths=1.1, zorder=4)


def _name_axes(places: Sequence[Axes], panels: Sequence[Panel], columns: int, metric: str) -> None:
    """Once where panels below or beside each other have the same."""
    names = [(along.name, up.name if up else metric) for along, up in (panel.axes for panel in panels)]
    for index, (x, y) in enumerate(names):
        if [below[0] for below in names[index + columns : index + columns + 1]] != [x]:
            places[index].set_xlabel(x)
        if index % columns == 0 or names[index - 1][1] != y:
            places[index].set_ylabel(y)


def _left_out(measured: Measured, panels: Sequence[Panel]) -> list[str]:
    able, drawn = sum(len(panel.able) for panel in panels), sum(len(panel.drawn) for panel in panels)
    said = [f"{drawn:,} of {counted(able, 'trial')} are drawn, the best of each arm among them"] if drawn < able else []
    for panel in panels:
        missing = panel.arm.completed - len(panel.able)
        if missing:
            said.append(f"{panel.arm.label}: {counted(missing, 'trial')} without a positive value on the axes")
    neither = [arm.label for arm in measured.arms if arm.completed > 1 and not arm.tried]
    few = [arm.label for arm in measured.arms if arm.completed <= 1 or len(arm.tried) == 1]
    said += [f"{', '.join(neither)}: searched over neither"] if neither else []
    return said + ([f"{', '.join(few)}: fewer than two completed trials"] if few else [])
