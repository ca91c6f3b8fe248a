"""When which trial was trained. The ledger keeps no lanes: trials stand in as many rows as were open at once."""

import heapq
from collections.abc import Iterable, Sequence
from typing import Any

from sweeps.figures.drawing import GREY, Cell, Drawing, Trace, nothing
from sweeps.figures.marks import HOVER, hover_text
from sweeps.figures.subject import DrawnArm, Subject
from sweeps.figures.thinning import evenly, thinned
from sweeps.figures.words import counted
from sweeps.ledger.records import TrialRecord
from sweeps.report.rounding import duration
from sweeps.states import TrialState

BARS = 600
"""In one figure: each is three points."""
UNITS = (
    (2.0 * 86_400, 86_400.0, "days"),
    (2.0 * 3_600, 3_600.0, "hours"),
    (120.0, 60.0, "minutes"),
    (0.0, 1.0, "seconds"),
)
"""Above how many seconds in all, seconds of one, and its name."""
OPACITY = {TrialState.COMPLETED: 1.0, TrialState.PRUNED: 0.4, TrialState.RUNNING: 0.7}
OTHERS = 0.85

Placed = list[tuple[TrialRecord, int]]


def draw(subject: Subject) -> Drawing:
    arms = [(arm, [trial for trial in arm.trials if trial.started_at is not None]) for arm in subject.arms]
    there = sum(len(trials) for _, trials in arms)
    if not there:
        return nothing(subject.waits("trial that has begun"))
    now = max(max(trial.finished_at or 0.0, _began(trial)) for _, trials in arms for trial in trials)
    begun = subject.started_at
    _, second, unit = next(one for one in UNITS if now - begun >= one[0])
    in_rows = [_in_rows(trials, now) for _, trials in arms]
    room = min(900, 160 + 14 * sum(height + 1 for _, height in in_rows))
    width = max(1.0, min(8.0, 0.6 * (room - 160) / sum(height + 1 for _, height in in_rows)))
    data: list[Trace] = []
    ticks, rows, drawn, foot = [], [], 0, 0
    for (arm, trials), (placed, height) in zip(arms, in_rows, strict=True):
        bars = evenly(placed, max(2, BARS * len(trials) // there))
        drawn += len(bars)
        data += _traces(arm, [(trial, foot + row) for trial, row in bars], begun, now, second, width)
        ticks.append((foot + (height - 1) / 2, arm.label))
        rows.append(_row(arm, trials, height))
        foot += height + 1
    return Drawing(
        data=data,
        layout={
            "height": room,
            "xaxis": {"title": {"text": f"{unit} since the first trial began"}, "rangemode": "tozero"},
            "yaxis": {
                "tickvals": [tick for tick, _ in ticks],
                "ticktext": [label for _, label in ticks],
                "range": [foot - 0.5, -1],
                "showgrid": False,
                "zeroline": False,
                "automargin": True,
            },
        },
        summary=f"{counted(there, 'trial')} in {duration(now - begun)}.",
        notes=[
            "As many rows as trials were open at once; which lane had which is not kept. Faint bars were pruned, "
            "grey ones diverged, failed or were stopped.",
            *thinned(drawn, there),
        ],
        columns=("arm", "trials", "at most at once", "device seconds", "median seconds of a trial"),
        rows=rows,
    )


def _began(trial: TrialRecord) -> float:
    assert trial.started_at is not None
    return trial.started_at


def _ended(trial: TrialRecord, now: float) -> float:
    return max(_began(trial), now if trial.finished_at is None else trial.finished_at)


def _in_rows(trials: Iterable[TrialRecord], now: float) -> tuple[Placed, int]:
    """Each trial in the lowest row that is free when it begins; and the number of rows."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    placed, height = [], 0
    for trial in sorted(trials, key=lambda one: (_began(one), one.number)):
        while busy and busy[0][0] <= _began(trial):
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            row = heapq.heappop(free)
        else:
            row, height = height, height + 1
        heapq.heappush(busy, (_ended(trial, now), row))
        placed.append((trial, row))
    return placed, max(1, height)


def _traces(arm: DrawnArm, placed: Placed, begun: float, now: float, second: float, width: float) -> Iterable[Trace]:
    """One a state: that one look serves many bars."""
    for state in TrialState:
        own = [(trial, row) for trial, row in placed if trial.state is state]
        if not own:
            continue
        x: list[float | None] = []
        y: list[int | None] = []
        said: list[list[Any] | None] = []
        for trial, row in own:
            ends = ((_began(trial) - begun) / second, (_ended(trial, now) - begun) / second)
            x += [*(round(end, 4) for end in ends), None]
            y += [row, row, None]
            said += [[trial.number, hover_text(trial)]] * 2 + [None]
        is_lost = state in (TrialState.DIVERGED, TrialState.FAILED, TrialState.STOPPED)
        line = {"color": GREY if is_lost else arm.style.colour, "width": width}
        trace = {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "customdata": said}
        named = {"name": arm.label, "legendgroup": arm.label, "showlegend": False}
        yield trace | named | {"opacity": OPACITY.get(state, OTHERS), "hovertemplate": HOVER}


def _row(arm: DrawnArm, trials: Sequence[TrialRecord], height: int) -> tuple[Cell, ...]:
    times = sorted(trial.finished_at - _began(trial) for trial in trials if trial.finished_at is not None)
    median = round(times[len(times) // 2], 3) if times else None
    spent = round(sum(trial.device_seconds for trial in trials), 3)
    return (arm.name, len(trials), height if trials else 0, spent, median)
