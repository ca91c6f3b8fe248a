"""How trials are marked, in every figure alike: completed filled, pruned open and faint, diverged or failed a cross."""

from collections.abc import Iterable, Sequence
from typing import Any

from sweeps.figures.drawing import GREY, Trace
from sweeps.figures.words import shown
from sweeps.ledger.records import TrialRecord
from sweeps.report.rounding import rounded, settings

HOVER = "%{customdata[1]}<extra></extra>"


def points(x: Sequence[Any], y: Sequence[Any], trials: Sequence[TrialRecord], **changes: Any) -> Trace:
    """A trace of one mark a trial; `customdata` has its number first, so that a page can lead there."""
    hover = [[trial.number, hover_text(trial)] for trial in trials]
    trace = {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "customdata": hover}
    return trace | {"hovertemplate": HOVER} | changes


def hover_text(trial: TrialRecord) -> str:
    lines = [f"<b>trial {trial.number}</b>, {trial.state.value}", f"value {rounded(trial.value)}"]
    return "<br>".join([*lines, *(shown(one) for one in settings(trial.configuration).split(", "))])


def trials_in(data: Iterable[Trace]) -> int:
    """How many trials have a mark."""
    return len({one[0] for trace in data for one in trace.get("customdata", ()) if one})


def said_once(data: Sequence[Trace]) -> Sequence[Trace]:
    """Each group of marks stands in the legend once, and there switches those of all panels."""
    seen: set[str] = set()
    for trace in data:
        group = trace.get("legendgroup", "")
        trace["showlegend"] = trace.get("showlegend", bool(group)) and group not in seen
        seen |= {group} if trace["showlegend"] else set()
    return data


def full(colour: Any, symbol: str, **changes: Any) -> dict[str, Any]:
    """The marker of completed trials."""
    return {
        "color": colour,
        "symbol": symbol,
        "size": 7,
        "line": {"color": "rgba(128,128,128,0.5)", "width": 0.7},
    } | changes


def faint(colour: str, symbol: str) -> dict[str, Any]:
    """The marker of pruned ones."""
    return {"color": colour, "symbol": f"{symbol}-open", "size": 5, "opacity": 0.45}


CROSS: dict[str, Any] = {"color": GREY, "symbol": "x-thin", "size": 7, "line": {"color": GREY, "width": 1.4}}
"""The marker of those that diverged or failed."""
STAR: dict[str, Any] = {"color": "#D55E00", "symbol": "star", "size": 15, "line": {"color": "#ffffff", "width": 1.2}}
"""The marker of the best, where colour says the value."""
