"""When which trial was trained, in which lane: as many rows in a lane as it had networks at once."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sweeps.figures.drawing import GREY, Cell, Drawing, Trace, nothing
from sweeps.figures.marks import HOVER, hover_text
from sweeps.figures.subject import DrawnArm, Subject
from sweeps.ledger.records import Phase, TrialRecord
from sweeps.logs.names import lane
from sweeps.report.rounding import counted, duration
from sweeps.report.thinning import evenly, thinned
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
NOTE = (
    "Each bar is one network's time in a lane; a lane has as many rows as it trained networks at once. Faint bars were "
    "pruned, grey ones diverged, failed or were stopped."
)
UNKNOWN = "Trials that an earlier version of npsweep has trained stand under “unknown”: it kept no lanes."


@dataclass(frozen=True)
class Bar:
    """One network's time in one lane."""

    arm: DrawnArm
    trial: TrialRecord
    phase: Phase
    seed: int | None
    lane: int | None
    """Neither is known of what an earlier version of npsweep has trained."""
    since: float
    until: float


@dataclass(frozen=True)
class Band:
    """One lane's bars, each in the lowest row that is free when it begins."""

    lane: int | None
    placed: Sequence[tuple[Bar, int]]
    rows: int

    @property
    def name(self) -> str:
        return "unknown" if self.lane is None else lane(self.lane)


def draw(subject: Subject) -> Drawing:
    bars = _bars(subject)
    if not bars:
        return nothing(subject.waits("trial that has begun"))
    begun, now = min(bar.since for bar in bars), max(bar.until for bar in bars)
    _, second, unit = next(one for one in UNITS if now - begun >= one[0])
    bands = _bands(bars)
    drawn = evenly([(bar, foot + row) for foot, band in _stacked(bands) for bar, row in band.placed], BARS)
    height = sum(band.rows + 1 for band in bands)
    room = min(900, 160 + 14 * height)
    width = max(1.0, min(8.0, 0.6 * (room - 160) / height))
    return Drawing(
        data=[trace for arm in subject.arms for trace in _traces(arm, drawn, begun, second, width)],
        layout={
            "height": room,
            "xaxis": {"title": {"text": f"{unit} since the first trial began"}, "rangemode": "tozero"},
            "yaxis": {
                "tickvals": [foot + (band.rows - 1) / 2 for foot, band in _stacked(bands)],
                "ticktext": [band.name for band in bands],
                "range": [height - 0.5, -1],
                "showgrid": False,
                "zeroline": False,
                "automargin": True,
            },
        },
        summary=f"{counted(len(bands), 'lane')} in {duration(now - begun)}.",
        notes=[
            NOTE,
            *([UNKNOWN] if bands[-1].lane is None else []),
            *thinned(len(drawn), len(bars), "bar", besides=""),
        ],
        columns=("lane", "networks", "at most at once", "of arms", "seconds in training"),
        rows=[_row(band) for band in bands],
    )


def _bars(subject: Subject) -> list[Bar]:
    """By beginning. A trial that began without a lane, under an earlier version, is one bar as a whole."""
    of = {trial.number: (arm, trial) for arm in subject.arms for trial in arm.trials}
    stints = [one for one in subject.ledger.stints.of_sweep(subject.sweep.id) if one.trial in of]
    heard = subject.sweep.heartbeat_at or 0.0
    bars = [
        Bar(*of[one.trial], one.phase, one.seed, one.lane, one.since, max(one.since, one.until or heard))
        for one in stints
    ]
    known = {stint.trial for stint in stints}
    for arm, trial in of.values():
        if trial.number not in known and trial.started_at is not None:
            until = heard if trial.finished_at is None else trial.finished_at
            bars.append(Bar(arm, trial, "search", None, None, trial.started_at, max(trial.started_at, until)))
    return sorted(bars, key=lambda bar: (bar.since, bar.trial.number))


def _bands(bars: Sequence[Bar]) -> list[Band]:
    """One a lane, by number; what is not known comes last."""
    lanes = sorted({bar.lane for bar in bars}, key=lambda number: (number is None, number))
    return [_band(number, [bar for bar in bars if bar.lane == number]) for number in lanes]


def _band(number: int | None, bars: Iterable[Bar]) -> Band:
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    placed, height = [], 0
    for bar in bars:
        while busy and busy[0][0] <= bar.since:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            row = heapq.heappop(free)
        else:
            row, height = height, height + 1
        heapq.heappush(busy, (bar.until, row))
        placed.append((bar, row))
    return Band(number, placed, height)


def _stacked(bands: Sequence[Band]) -> list[tuple[int, Band]]:
    """Each with its first row, below the one before."""
    feet = [0]
    for band in bands:
        feet.append(feet[-1] + band.rows + 1)
    return list(zip(feet, bands, strict=False))


def _traces(
    arm: DrawnArm, drawn: Sequence[tuple[Bar, int]], begun: float, second: float, width: float
) -> Iterable[Trace]:
    """One a state: that one look serves many bars."""
    is_named = False
    for state in TrialState:
        own = [(bar, row) for bar, row in drawn if bar.arm is arm and bar.trial.state is state]
        if not own:
            continue
        x: list[float | None] = []
        y: list[int | None] = []
        said: list[list[Any] | None] = []
        for bar, row in own:
            ends = ((bar.since - begun) / second, (bar.until - begun) / second)
            x += [*(round(end, 4) for end in ends), None]
            y += [row, row, None]
            said += [[bar.trial.number, _hover(bar)]] * 2 + [None]
        is_lost = state in (TrialState.DIVERGED, TrialState.FAILED, TrialState.STOPPED)
        line = {"color": GREY if is_lost else arm.style.colour, "width": width}
        trace = {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "customdata": said}
        named = arm.named | {"showlegend": not (is_lost or is_named)}
        is_named = is_named or not is_lost
        yield trace | named | {"opacity": OPACITY.get(state, OTHERS), "hovertemplate": HOVER}


def _hover(bar: Bar) -> str:
    return f"{bar.arm.label}{', confirmation' if bar.phase == 'confirmation' else ''}, {hover_text(bar.trial)}"


def _row(band: Band) -> tuple[Cell, ...]:
    bars = [bar for bar, _ in band.placed]
    arms = list(dict.fromkeys(bar.arm.name for bar in sorted(bars, key=lambda bar: bar.arm.index)))
    spent = round(sum(bar.until - bar.since for bar in bars), 3)
    networks = len({(bar.phase, bar.trial.number, bar.seed) for bar in bars})
    return (band.name, networks, band.rows, ", ".join(arms), spent)
