"""Value over each searched path, one panel a path, every arm in it."""

from collections.abc import Iterable
from typing import Any

from sweeps.figures.axes import PANELS, Panel, along, at, over, panelled
from sweeps.figures.drawing import Cell, Drawing, Trace, nothing
from sweeps.figures.marks import faint, full, points, said_once, trials_in
from sweeps.figures.subject import DrawnArm, Subject
from sweeps.figures.words import listed
from sweeps.report.rounding import counted
from sweeps.report.thinning import POINTS, evenly, share, thinned
from sweeps.space import Choice, Dimension, Float


def draw(subject: Subject) -> Drawing:
    paths = list(dict.fromkeys(path for arm in subject.arms for path in arm.space))
    if not paths:
        return nothing("Nothing is searched in these arms: every value is fixed.")
    there = sum(len(arm.completed) + len(arm.pruned) for arm in subject.arms)
    if not there:
        return nothing(subject.waits("trial with a value"))
    panels = paths[:PANELS]
    most = POINTS // len(panels)
    data: list[Trace] = [
        trace
        for place, path in enumerate(panels)
        for arm in subject.arms
        if path in arm.space
        for trace in _arm(arm, path, Panel(place), there, most)
    ]
    value = over(subject.metric, (one for arm in subject.arms for one in arm.values), subject.maximise)
    axes = [
        (_axis(subject, path), value.axis | {"matches": "y" if place else None}) for place, path in enumerate(panels)
    ]
    layout = panelled(axes, columns=subject.columns)
    return Drawing(
        data=said_once(data),
        layout=layout,
        summary=_summary(subject, panels),
        notes=[*_notes(paths), *value.notes(), *thinned(trials_in(data), there)],
        columns=("path", "arm", "from", "to", "best at"),
        rows=[_row(path, arm) for path in panels for arm in subject.arms if path in arm.space],
    )


def _arm(arm: DrawnArm, path: str, panel: Panel, there: int, most: int) -> Iterable[Trace]:
    style = arm.style
    for trials, marker in (
        (arm.pruned, faint(style.colour, style.symbol)),
        (arm.completed, full(style.colour, style.symbol)),
    ):
        drawn = evenly([trial for trial in trials if path in trial.configuration], share(len(trials), there, most))
        if arm.best and trials is arm.completed and path in arm.best.configuration and arm.best not in drawn:
            drawn.append(arm.best)
        if drawn:
            x = [at(arm.space[path], trial.configuration[path]) for trial in drawn]
            y = [trial.value for trial in drawn]
            shown_once = {} if trials is arm.completed else {"showlegend": False}
            yield points(x, y, drawn, marker=marker, **arm.named, **shown_once, **panel.axes())


def _axis(subject: Subject, path: str) -> dict[str, Any]:
    """Over the ranges of all arms that search the path."""
    dimensions = [arm.space[path] for arm in subject.arms if path in arm.space]
    return along(path, _wide(dimensions))


def _wide(dimensions: list[Dimension]) -> Dimension:
    first = dimensions[0]
    if isinstance(first, Choice):
        choices = [one for one in dimensions if isinstance(one, Choice)]
        values = {str(value): value for one in choices for value in one.values}
        return Choice(values=list(values.values()))
    ranges = [one for one in dimensions if not isinstance(one, Choice)]
    low, high = min(one.low for one in ranges), max(one.high for one in ranges)
    return Float(low=low, high=high, log=all(one.log for one in ranges))


def _summary(subject: Subject, paths: list[str]) -> str:
    best = [arm for arm in subject.arms if arm.best]
    said = f"{counted(sum(len(arm.completed) for arm in subject.arms), 'completed trial')} over {listed(paths)}."
    return said if best else f"{said} No trial has completed yet: only pruned ones are drawn."


def _notes(paths: list[str]) -> list[str]:
    notes = ["Open, faint marks are pruned trials, measured after fewer epochs; those that diverged have no value."]
    if len(paths) > PANELS:
        notes.append(f"The first {PANELS} of {len(paths)} searched paths are drawn.")
    return notes


def _row(path: str, arm: DrawnArm) -> tuple[Cell, ...]:
    dimension = arm.space[path]
    ends = (None, None) if isinstance(dimension, Choice) else (dimension.low, dimension.high)
    found = arm.best.configuration.get(path) if arm.best else None
    return (path, arm.name, *ends, found if isinstance(found, int | float) else None if found is None else str(found))
