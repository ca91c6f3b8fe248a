"""Parallel coordinates: every trial a line across its searched values to its value, a row of axes an arm.

Drawn as ordinary lines: Plotly's own parallel coordinates need WebGL and a page that may compile scripts.
"""

from collections.abc import Sequence
from typing import Any

from sweeps.figures.axes import Panel, Values, choice, first_of, fraction, over, panelled
from sweeps.figures.drawing import GREY, Cell, Drawing, Trace, nothing
from sweeps.figures.marks import HOVER, hover_text, trials_in
from sweeps.figures.subject import DrawnArm, Subject, number
from sweeps.figures.words import listed, shown
from sweeps.ledger.records import TrialRecord
from sweeps.report.rounding import rounded, settings
from sweeps.report.thinning import POINTS, evenly, thinned
from sweeps.space import Choice, Dimension

FADES = (0.18, 0.28, 0.4, 0.55, 0.7, 1.0)
"""How strongly each sixth of an arm's trials is drawn, from the worst to the best."""
TICKS = 5


def draw(subject: Subject) -> Drawing:
    able = [arm for arm in subject.arms if arm.completed and arm.space]
    arms, more = first_of(able)
    left_out = [*_left_out(subject), *more]
    if not arms:
        return nothing(subject.waits("completed trial"), left_out)
    data, axes, annotations = [], [], []
    for place, arm in enumerate(arms):
        trials = _chosen(arm, POINTS // len(arms) // (len(arm.space) + 2))
        data += _lines(arm, trials, Panel(place))
        axes.append(_axes(arm, subject))
        annotations += _ticks(arm, Panel(place))
    layout = panelled(axes, [arm.label for arm in arms], columns=1, height=270.0)
    layout["annotations"] += annotations
    layout["showlegend"] = False
    layout["margin"] = {"l": 56, "r": 72, "t": 48, "b": 40}
    there = sum(len(arm.completed) for arm in arms)
    return Drawing(
        data=data,
        layout=layout,
        summary=" ".join(_said(arm, subject) for arm in arms),
        notes=[
            "In the arm's colour: its best sixth. Grey: the others, the fainter the worse. Completed trials alone.",
            *left_out,
            *_beyond(arms),
            *thinned(trials_in(data), there),
        ],
        columns=("arm", "trial", subject.metric, "configuration"),
        rows=[row for arm in arms for row in _rows(arm)],
    )


def _left_out(subject: Subject) -> list[str]:
    fixed = [arm.name for arm in subject.arms if not arm.space]
    waiting = [arm.name for arm in subject.arms if arm.space and not arm.completed]
    notes = [f"{listed(fixed)}: nothing is searched."] if fixed else []
    return [*notes, f"{listed(waiting)}: no trial has completed."] if waiting else notes


def _chosen(arm: DrawnArm, most: int) -> list[TrialRecord]:
    """From the worst to the best, which is drawn last, above the others."""
    sign = 1.0 if arm.maximise else -1.0
    return evenly(sorted(arm.completed, key=lambda trial: sign * number(trial.value)), max(2, most))


def _lines(arm: DrawnArm, trials: Sequence[TrialRecord], panel: Panel) -> list[Trace]:
    values = _values(arm)
    bands: list[list[TrialRecord]] = [[] for _ in FADES]
    for place, trial in enumerate(trials):
        bands[len(FADES) - 1 - (len(trials) - 1 - place) * len(FADES) // len(trials)].append(trial)
    return [_band(arm, band, fade, values, panel) for band, fade in zip(bands, FADES, strict=True) if band]


def _band(arm: DrawnArm, trials: Sequence[TrialRecord], fade: float, values: Values, panel: Panel) -> Trace:
    """The lines of some trials as one trace, with gaps between them."""
    x: list[int | None] = []
    y: list[float | None] = []
    said: list[list[Any] | None] = []
    for trial in trials:
        heights = [_height(dimension, trial, path) for path, dimension in arm.space.items()]
        heights.append(_share(values, number(trial.value)))
        x += [*range(len(heights)), None]
        y += [*heights, None]
        said += [[trial.number, hover_text(trial)]] * len(heights) + [None]
    best = fade == FADES[-1]
    colour = arm.style.colour if best else GREY
    line = {"color": colour, "width": 2.0 if best else 1.2}
    trace = {"type": "scatter", "mode": "lines+markers", "x": x, "y": y, "customdata": said, "line": line}
    return trace | {"marker": {"size": 4, "color": colour}, "opacity": fade, "hovertemplate": HOVER} | panel.axes()


def _height(dimension: Dimension, trial: TrialRecord, path: str) -> float | None:
    """Null where the trial has no value there: its condition was not met."""
    return fraction(dimension, trial.configuration[path]) if path in trial.configuration else None


def _values(arm: DrawnArm) -> Values:
    return over("value", (number(trial.value) for trial in arm.completed), arm.maximise)


def _beyond(arms: Sequence[DrawnArm]) -> list[str]:
    found = Values("value", (0.0, 0.0), sum(_values(arm).beyond for arm in arms))
    return found.notes(instead="drawn at the end of the last axis")


def _share(values: Values, value: float) -> float:
    low, high = values.between
    return (values.clipped(value) - low) / (high - low) if low < high else 0.5


def _axes(arm: DrawnArm, subject: Subject) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [shown(name).replace("_", "_<br>").replace(".", ".<br>") for name in (*arm.space, subject.metric)]
    last = len(names) - 1
    x = {
        "tickvals": list(range(last + 1)),
        "ticktext": names,
        "range": [-0.12, last + 0.3],
        "showgrid": True,
        "tickangle": 0,
    }
    y = {"visible": False, "range": [-0.06, 1.06], "fixedrange": True}
    return x | {"zeroline": False, "fixedrange": True}, y


def _ticks(arm: DrawnArm, panel: Panel) -> list[dict[str, Any]]:
    """The values along each axis, written beside it."""
    notes = []
    for place, dimension in enumerate(arm.space.values()):
        values = dimension.values if isinstance(dimension, Choice) else dimension.grid(TICKS)
        for value in evenly(values, 2 * TICKS):
            text = choice(value) if isinstance(dimension, Choice) else shown(_short(value))
            notes.append(_tick(panel, place, fraction(dimension, value), text))
    low, high = _values(arm).between
    ends = [(0.0, low), (1.0, high)] if low < high else [(0.5, low)]
    return notes + [_tick(panel, len(arm.space), height, rounded(value)) for height, value in ends]


def _short(value: object) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def _tick(panel: Panel, x: int, y: float, text: str) -> dict[str, Any]:
    where = {"x": x, "y": y, "xref": panel.x, "yref": panel.y, "xanchor": "left", "xshift": 5, "yshift": 6}
    return where | {"text": text, "showarrow": False, "font": {"size": 10}}


def _said(arm: DrawnArm, subject: Subject) -> str:
    best = arm.best
    if best is None:
        return ""
    return f"{arm.name}: {subject.metric} {rounded(best.value)} at {settings(best.configuration)}."


def _rows(arm: DrawnArm) -> list[tuple[Cell, ...]]:
    best = reversed(_chosen(arm, len(arm.completed)))
    return [(arm.name, trial.number, trial.value, settings(trial.configuration)) for trial in list(best)[:5]]
