"""The Pareto front of several objectives; of one, what its value cost in device time."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from learning import higher_is_better
from sweeps.figures.axes import Panel, over, panelled
from sweeps.figures.drawing import Cell, Drawing, Trace, nothing
from sweeps.figures.marks import full, points, trials_in
from sweeps.figures.subject import DrawnArm, Subject, is_finite, number
from sweeps.figures.words import shown
from sweeps.ledger.records import TrialRecord
from sweeps.report.front import pareto_fronts
from sweeps.report.models import FrontTrial
from sweeps.report.rounding import counted
from sweeps.report.thinning import POINTS, evenly, thinned
from sweeps.search_section import DEVICE_SECONDS


def draw(subject: Subject) -> Drawing:
    names = subject.spec.objectives
    is_single = len(names) == 1
    names = (*names, DEVICE_SECONDS) if is_single else names
    arms = [(arm, _measured(arm, names, subject.spec.replicates if is_single else 0)) for arm in subject.arms]
    there = sum(len(trials) for _, trials in arms)
    if not there:
        return nothing(subject.waits("completed trial"))
    fronts = pareto_fronts([list(trials.values()) for _, trials in arms], names)
    panels = [(names[0], other) for other in names[1:]]
    most = max(2, POINTS // len(panels) // len(arms))
    data = [
        trace
        for place, (first, other) in enumerate(panels)
        for (arm, trials), front in zip(arms, fronts, strict=True)
        for trace in _arm(arm, trials, front, (other, first), Panel(place), most)
    ]
    objectives = [one.objectives or {} for _, trials in arms for one in trials.values()]
    value = over(names[0], (one[names[0]] for one in objectives), subject.maximise)
    axes = [({"title": {"text": shown(other)}}, value.axis) for _, other in panels]
    layout = panelled(axes, columns=subject.columns, height=380.0)
    return Drawing(
        data=data,
        layout=layout,
        summary=_summary(arms, fronts),
        notes=[*_notes(is_single, len(names)), *value.notes(), *thinned(trials_in(data), there)],
        columns=("arm", "trial", *names, "on the front of all arms"),
        rows=[row for (arm, _), front in zip(arms, fronts, strict=True) for row in _rows(arm, front, names)],
    )


def _measured(arm: DrawnArm, names: Sequence[str], networks: int) -> dict[int, TrialRecord]:
    """The completed trials that have every objective; `networks`: of each, where the search had one objective."""
    trials: Iterable[TrialRecord] = arm.completed
    if networks:
        trials = [replace(trial, objectives=_cost(trial, names[0], networks)) for trial in trials]
    return {
        trial.number: trial for trial in trials if all(is_finite((trial.objectives or {}).get(name)) for name in names)
    }


def _cost(trial: TrialRecord, metric: str, networks: int) -> dict[str, float]:
    return {metric: number(trial.value), DEVICE_SECONDS: trial.device_seconds / networks}


def _arm(
    arm: DrawnArm,
    trials: dict[int, TrialRecord],
    front: Sequence[FrontTrial],
    of: tuple[str, str],
    panel: Panel,
    most: int,
) -> Iterable[Trace]:
    """The front's trials filled, and for two objectives joined; the others faint."""
    named: dict[str, Any] = arm.named | panel.axes()
    best = {one.trial for one in front}
    along = sorted((trials[one.trial] for one in front), key=lambda trial: (trial.objectives or {})[of[0]])
    ordered = evenly(along, max(1, most // 2))
    others = evenly([trial for trial in trials.values() if trial.number not in best], most - len(ordered))
    style = arm.style
    if others:
        marker = full(style.colour, style.symbol, size=5) | {"opacity": 0.3}
        yield points(*_coordinates(others, of), others, marker=marker, showlegend=False, **named)
    if ordered:
        marker = full(style.colour, style.symbol, size=9)
        line = {"color": style.colour, "width": 1.5, "dash": style.dash, "shape": _step(of[0])}
        mode = {"mode": "lines+markers", "line": line} if len(front[0].objectives) == 2 else {}
        named["showlegend"] = panel.number == 0
        yield points(*_coordinates(ordered, of), ordered, marker=marker, **named) | mode


def _step(x: str) -> str:
    """Between two of the front, what the worse of them in x already has."""
    return "vh" if higher_is_better(x) else "hv"


def _coordinates(trials: Sequence[TrialRecord], of: tuple[str, str]) -> tuple[list[float], list[float]]:
    x, y = ([(trial.objectives or {})[name] for trial in trials] for name in of)
    return x, y


def _summary(arms: Sequence[tuple[DrawnArm, Any]], fronts: Sequence[Sequence[FrontTrial]]) -> str:
    among_all = [arm.name for (arm, _), front in zip(arms, fronts, strict=True) for one in front if one.among_all]
    said = ", ".join(f"{among_all.count(name)} of {name}" for name in dict.fromkeys(among_all))
    return f"{counted(len(among_all), 'trial')} on the front of all arms together: {said}."


def _notes(is_single: bool, objectives: int) -> list[str]:
    notes = ["Large marks: no trial of the arm is better in every objective. Faint ones are worse than one of them."]
    if is_single:
        notes.append(
            f"The search had one objective: {DEVICE_SECONDS} was measured, a network's mean, and not improved."
        )
    if objectives > 2:
        notes.append(f"Of {objectives} objectives, each panel shows the first and one other.")
    return notes


def _rows(arm: DrawnArm, front: Sequence[FrontTrial], names: Sequence[str]) -> list[tuple[Cell, ...]]:
    sign = [-1.0 if higher_is_better(name) else 1.0 for name in names]
    ordered = sorted(front, key=lambda one: sign[0] * one.objectives[names[0]])
    return [
        (arm.name, one.trial, *(one.objectives[name] for name in names), "yes" if one.among_all else "no")
        for one in ordered[:10]
    ]
