"""Optimisation history: the value of every trial in the order in which they ended, and the best so far."""

from collections.abc import Sequence

from sweeps.figures.axes import over
from sweeps.figures.drawing import Cell, Drawing, Trace, nothing
from sweeps.figures.marks import faint, full, points, trials_in
from sweeps.figures.subject import DrawnArm, Subject, number
from sweeps.ledger.records import TrialRecord
from sweeps.report.rounding import rounded
from sweeps.report.thinning import POINTS, evenly, share, thinned

STEPS = 100
"""Of the best so far, in one arm."""


def draw(subject: Subject) -> Drawing:
    arms = [arm for arm in subject.arms if arm.completed or arm.pruned]
    if not arms:
        return nothing(subject.waits("trial with a value"))
    there = sum(len(arm.completed) + len(arm.pruned) for arm in arms)
    data = [trace for arm in arms for trace in _arm(arm, there, POINTS // len(arms))]
    value = over(subject.metric, (one for arm in arms for one in arm.values), subject.maximise)
    return Drawing(
        data=data,
        layout={
            "height": 420,
            "xaxis": {"title": {"text": "trial, in the order of their ends"}, "rangemode": "tozero"},
            "yaxis": value.axis,
        },
        summary=" ".join(_said(arm, subject) for arm in arms),
        notes=[
            "Lines: the best completed trial so far. Open, faint marks are pruned trials, measured after fewer epochs.",
            *value.notes(),
            *thinned(trials_in(data), there),
        ],
        columns=("arm", "best after", subject.metric, "trial"),
        rows=[row for arm in arms for row in _rows(arm)],
    )


def _arm(arm: DrawnArm, there: int, steps: int) -> list[Trace]:
    place, style = _places(arm), arm.style
    traces = []
    for trials, marker in (
        (arm.pruned, faint(style.colour, style.symbol)),
        (arm.completed, full(style.colour, style.symbol, size=5) | {"opacity": 0.75}),
    ):
        drawn = evenly(sorted(trials, key=lambda trial: place[trial.number]), share(len(trials), there))
        x, y = [place[trial.number] for trial in drawn], [trial.value for trial in drawn]
        if drawn:
            traces.append(points(x, y, drawn, marker=marker, showlegend=False, **arm.named))
    return [*traces, _best_so_far(arm, place, min(steps, STEPS))]


def _places(arm: DrawnArm) -> dict[int, int]:
    """The place of each outcome among the arm's, from 1; the ledger's own where it knows it."""
    ended = [trial for trial in arm.trials if trial.state.is_final]
    ended.sort(key=lambda trial: (trial.told or 0, trial.finished_at or 0.0, trial.number))
    return {trial.number: trial.told or place for place, trial in enumerate(ended, 1)}


def _best_so_far(arm: DrawnArm, place: dict[int, int], most: int) -> Trace:
    steps = evenly(_improvements(arm), most)
    line = {"color": arm.style.colour, "width": 2, "dash": arm.style.dash, "shape": "hv"}
    x, y = [place[trial.number] for trial in steps], [number(trial.value) for trial in steps]
    if place and steps:
        x, y = [*x, max(place.values())], [*y, y[-1]]
    trace = {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}
    return trace | arm.named | {"showlegend": True}


def _improvements(arm: DrawnArm) -> list[TrialRecord]:
    """The trials that were better than every one that ended before them."""
    place, sign = _places(arm), 1.0 if arm.maximise else -1.0
    found: list[TrialRecord] = []
    for trial in sorted(arm.completed, key=lambda one: place[one.number]):
        if not found or sign * number(trial.value) > sign * number(found[-1].value):
            found.append(trial)
    return found


def _said(arm: DrawnArm, subject: Subject) -> str:
    if arm.best is None:
        return f"{arm.name}: no trial has completed yet."
    after, of = _places(arm)[arm.best.number], len(_places(arm))
    return f"{arm.name}: best {subject.metric} {rounded(arm.best.value)}, found as trial {after} of {of}."


def _rows(arm: DrawnArm) -> Sequence[tuple[Cell, ...]]:
    place = _places(arm)
    return [(arm.name, place[trial.number], trial.value, trial.number) for trial in _improvements(arm)[-8:]]
