"""The figures' style, and the only place that makes files of them.

matplotlib's settings and fonts are of the whole process, so one figure is drawn at a time.
"""

import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sweeps.report.columns import one_line

INK, GRID, PAPER = "#1f2328", "#d8dee4", "#fffffe"
"""No arm has one of these, so that a page can put its own in their place."""
THEMED = {INK: "currentColor", GRID: "var(--figure-grid, #d8dee4)", PAPER: "var(--figure-paper, #ffffff)"}
EVERYTHING = r"<defs>\s*<style.*?</style>\s*</defs>"
"""matplotlib's rule for all elements: in a page, that would be the page's too."""
WIDTH = 7.0
"""Inches: a page's text."""
LONGEST_LABEL = 24
NOTE_WIDTH = 140
"""Letters of seven points."""

STYLE: Any = {  # matplotlib's own type names each of its settings
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "figure.dpi": 200,
    "figure.facecolor": PAPER,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.6,
    "svg.fonttype": "path",
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 8,
    "ytick.color": INK,
    "ytick.labelsize": 8,
}

LINES: Mapping[str, Any] = {
    "solid": "-",
    "dash": "--",
    "dot": ":",
    "dashdot": "-.",
    "longdash": (0, (8, 3)),
    "longdashdot": (0, (8, 2, 1, 2)),
}
"""The dashes of arms, as matplotlib knows them."""
DOTS: Mapping[str, Any] = {"s": 34, "edgecolors": INK, "linewidths": 0.4, "zorder": 3}

_one_at_a_time = Lock()


def canvas(height: float) -> Figure:
    return Figure(figsize=(WIDTH, height), layout="constrained")


def short(label: str, longest: int = LONGEST_LABEL) -> str:
    """Fits beside an axis; what would command the terminal or matplotlib's formulas is printed."""
    kept = one_line(label)
    return (kept if len(kept) <= longest else f"{kept[: longest - 1]}…").replace("$", r"\$")


def metric_name(metric: str) -> str:
    return metric.replace("_", " ")


def bounded(axes: Axes, bottom: float, top: float) -> None:
    """Room around the values; never no room at all."""
    room = 0.08 * (top - bottom) or 0.05 * abs(top) or 1.0
    axes.set_ylim(bottom - room, top + room)


def logarithmic(axes: Axes, name: Literal["x", "y"], shown: Sequence[float]) -> None:
    """A logarithmic axis around these, the same in every panel, that always has a labelled tick or two."""
    low, high = min(shown), max(shown)
    room = max((high / low) ** 0.08, 1.15)
    axes.set(**{f"{name}scale": "log", f"{name}lim": (low / room, high * room)})
    axis = axes.xaxis if name == "x" else axes.yaxis
    steps = (1.0,) if high / low > 100 else (1.0, 3.0) if high / low > 15 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")))
    axis.set_minor_formatter(NullFormatter())


def colour_bar(
    made: Figure, panels: Sequence[Axes], look: Mapping[str, Any], name: str, values: Sequence[float]
) -> None:
    """With an arrow where values lie beyond its end."""
    ends = (min(values) < look["norm"].vmin, max(values) > look["norm"].vmax)
    extend = {(True, True): "both", (True, False): "min", (False, True): "max", (False, False): "neither"}[ends]
    bar = made.colorbar(ScalarMappable(**look), ax=panels, shrink=0.8, aspect=30, pad=0.02, extend=extend)
    bar.set_label(name)
    assert bar.solids is not None
    bar.solids.set(rasterized=False, edgecolor="face")  # a page may refuse images in an SVG
    bar.outline.set_visible(False)


def told(made: Figure, notes: Sequence[str]) -> None:
    """Under the plot, small: what is not in it."""
    if notes:
        said = textwrap.fill(one_line("; ".join(notes)) + ".", NOTE_WIDTH).replace("$", r"\$")
        made.supxlabel(said, fontsize=7, x=0.01, ha="left")


def saved(make: Callable[[], Figure | None], format: str, name: str) -> bytes | None:
    """`name` goes into the ids of an SVG. No date and no random id: the same figure is the same bytes."""
    with _one_at_a_time, mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        made = make()
        if made is None:
            return None
        file = io.BytesIO()
        if format == "svg":
            FigureCanvasSVG(made).print_svg(
                file, metadata={"Date": None, "Creator": None, "Type": None, "Format": None}
            )  # type: ignore[no-untyped-call]
        else:
            FigureCanvasAgg(made).print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
        return file.getvalue()
