"""Learning curves: the best configuration of each arm, in epochs or in device seconds, before its other trials."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sweeps.figures.drawing import Cell, Drawing, Trace, nothing
from sweeps.figures.subject import DrawnArm, Subject
from sweeps.figures.words import shown
from sweeps.ledger.records import Phase
from sweeps.report.curves import Curve, Found, curves, phase_of_best
from sweeps.report.rounding import counted, rounded
from sweeps.report.thinning import POINTS, evenly
from sweeps.states import TrialState

FAINT = 48
"""Trials that are drawn behind the best ones."""
STEPS = 120
"""Points of a best curve; those behind have as many as are left."""

X = Callable[[Curve], Sequence[float]]


def in_epochs(subject: Subject) -> Drawing:
    return _draw(subject, lambda curve: curve.epochs, {"title": {"text": "epoch"}, "rangemode": "tozero"}, [])


def in_seconds(subject: Subject) -> Drawing:
    note = "Device seconds: a network's share of its lane's time. The ledger keeps its sum; here it is spread evenly."
    axis = {"title": {"text": "device seconds of a network"}, "rangemode": "tozero"}
    return _draw(subject, lambda curve: curve.seconds(), axis, [note])


def _draw(subject: Subject, x: X, axis: dict[str, Any], notes: list[str]) -> Drawing:
    behind = {arm.index: _behind(arm, max(2, FAINT // len(subject.arms))) for arm in subject.arms}
    numbers = {number for own in behind.values() for number in own}
    numbers |= {arm.best.number for arm in subject.arms if arm.best}
    found = curves(subject.ledger, subject.sweep.id, sorted(numbers), subject.metric)
    if not any(any(mean is not None for mean in curve.means) for curve in found.values()):
        return nothing(subject.waits("epoch with a finite value"), notes)
    faint = [key for arm in subject.arms for key in _faint(behind[arm.index], found)]
    left = max(8, (POINTS - 2 * STEPS * len(subject.arms)) // max(1, len(faint)))
    data = [trace for arm in subject.arms for trace in _others(arm, behind[arm.index], found, x, min(STEPS, left))]
    best = [(arm, key) for arm in subject.arms if (key := _best(arm, found))]
    data += [trace for arm, key in best for trace in _bold(arm, found[key], x)]
    there = sum(trial.epoch > 0 and trial is not arm.best for arm in subject.arms for trial in arm.trials)
    return Drawing(
        data=data,
        layout={"height": 440, "xaxis": axis, "yaxis": {"title": {"text": shown(subject.metric)}}},
        summary=" ".join(_said(arm, found[key], subject) for arm, key in best) or "No trial has completed yet.",
        notes=[*_notes(len(faint), there), *filter(None, (_lost(arm, found[key]) for arm, key in best)), *notes],
        columns=("arm", "of", "epoch", "device seconds", subject.metric),
        rows=[row for arm, key in best for row in _rows(arm, key, found[key])],
    )


def _behind(arm: DrawnArm, most: int) -> list[int]:
    """Trials of all fates, evenly from first to last."""
    trials = [trial for trial in arm.trials if trial.epoch and trial is not arm.best]
    return [trial.number for trial in evenly(trials, most)]


def _faint(behind: Sequence[int], found: Found) -> list[tuple[Phase, int]]:
    keys: list[tuple[Phase, int]] = [("search", number) for number in behind]
    return [key for key in keys if key in found]


def _best(arm: DrawnArm, found: Found) -> tuple[Phase, int] | None:
    """The confirmation of the best trial, where it has begun; else the trial itself."""
    phase = phase_of_best(arm.best.number, found) if arm.best else None
    return (phase, arm.best.number) if arm.best and phase else None


def _others(arm: DrawnArm, behind: Sequence[int], found: Found, x: X, steps: int) -> Iterable[Trace]:
    """All in one trace a state, with gaps between them."""
    states = {trial.number: trial.state for trial in arm.trials}
    for is_pruned, opacity in ((True, 0.18), (False, 0.32)):
        xs: list[float | None] = []
        ys: list[float | None] = []
        said: list[list[Any] | None] = []
        for key in _faint(behind, found):
            if (states[key[1]] is TrialState.PRUNED) is is_pruned:
                points = evenly(list(zip(x(found[key]), found[key].means, strict=True)), steps)
                xs += [*(point[0] for point in points), None]
                ys += [*(_short(point[1]) for point in points), None]
                said += [[key[1], f"trial {key[1]}, {states[key[1]].value}"]] * len(points) + [None]
        if xs:
            line = {"color": arm.style.colour, "width": 1}
            trace = {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "line": line, "opacity": opacity}
            named = arm.named | {"showlegend": False, "customdata": said}
            yield trace | named | {"hovertemplate": "%{customdata[1]}<br>%{y:.4g}<extra>%{fullData.name}</extra>"}


def _bold(arm: DrawnArm, curve: Curve, x: X) -> Iterable[Trace]:
    """The mean over seeds, and a band of one standard deviation about it."""
    points = evenly(list(zip(x(curve), curve.means, curve.spreads, strict=True)), STEPS)
    known = [(at, mean, spread) for at, mean, spread in points if mean is not None]
    if not known:
        return
    named = arm.named
    if any(spread for _, _, spread in known):
        band = [(at, mean + spread) for at, mean, spread in known]
        band += [(at, mean - spread) for at, mean, spread in reversed(known)]
        area = {
            "type": "scatter",
            "mode": "lines",
            "fill": "toself",
            "fillcolor": arm.style.colour,
            "line": {"width": 0},
        }
        xs, ys = [at for at, _ in band], [_short(value) for _, value in band]
        yield area | named | {"x": xs, "y": ys, "opacity": 0.15, "hoverinfo": "skip", "showlegend": False}
    line = {"color": arm.style.colour, "width": 2.5, "dash": arm.style.dash}
    xs, ys = [at for at, _, _ in points], [_short(mean) for _, mean, _ in points]
    trace = {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "line": line, "showlegend": True}
    yield (
        trace
        | named
        | {"hovertemplate": "best, mean over seeds<br>%{y:.4g} at %{x:.4g}<extra>%{fullData.name}</extra>"}
    )


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _notes(faint: int, there: int) -> list[str]:
    notes = [
        "Bold: the best configuration of each arm, the mean over its confirmation seeds with a band of ± one standard "
        "deviation; before there is a confirmation, over its replicates. Behind: other trials of the search, pruned "
        "ones fainter; a line ends where a network diverged.",
    ]
    return notes + (
        [f"{faint} of {counted(there, 'other trial')} are drawn behind, evenly spaced."] if faint < there else []
    )


def _lost(arm: DrawnArm, curve: Curve) -> str:
    """Where the mean is not over every seed."""
    if not _finite_epochs(curve):
        return f"{arm.name}: every seed of the best configuration diverged at once, so it has no line."
    if curve.n < curve.of:
        return f"{arm.name}: the mean of {curve.n} of {curve.of} seeds; the others diverged, or have not begun."
    return ""


def _said(arm: DrawnArm, curve: Curve, subject: Subject) -> str:
    last = _finite_epochs(curve)[-1:]
    if not last:
        return f"{arm.name}: no seed has a finite value."
    epoch, mean = last[0]
    over = "" if curve.n == curve.of else f", of {curve.n} of {curve.of} seeds"
    return f"{arm.name}: {subject.metric} {rounded(mean)} after {counted(epoch, 'epoch')}{over}."


def _finite_epochs(curve: Curve) -> list[tuple[int, float]]:
    return [(epoch, mean) for epoch, mean in zip(curve.epochs, curve.means, strict=True) if mean is not None]


def _rows(arm: DrawnArm, key: tuple[Phase, int], curve: Curve) -> list[tuple[Cell, ...]]:
    of = "confirmation" if key[0] == "confirmation" else f"trial {key[1]}"
    points = list(zip(curve.epochs, curve.seconds(), curve.means, strict=True))
    return [(arm.name, of, epoch, seconds, _short(mean)) for epoch, seconds, mean in evenly(points, 6)]
