"""How much each searched path matters in each arm, with its spread over resamples of the trials."""

from collections.abc import Sequence

import numpy as np

from sweeps.figures.axes import first_of
from sweeps.figures.drawing import GREY, Cell, Drawing, Trace, nothing
from sweeps.figures.subject import DrawnArm, Subject, number
from sweeps.figures.words import listed, shown
from sweeps.report.rounding import counted
from sweeps.search.importance import LEAST_TRIALS, MOST_TRIALS, importances

RESAMPLES = 20
WITHIN = (5, 95)
"""The percentiles of the resamples between which an error bar goes."""

Found = dict[str, tuple[float, float, float]]
"""Mean, lower and upper end by path."""


def draw(subject: Subject) -> Drawing:
    arms, left_out = first_of(subject.arms)
    found = [(arm, _spread(arm)) for arm in arms]
    drawn = [(arm, spread) for arm, spread in found if spread]
    notes = [*_notes([arm for arm, spread in found if not spread]), *left_out]
    if not drawn:
        return nothing(
            subject.waits(f"arm with {LEAST_TRIALS} completed trials", "With fewer, importance cannot be told."), notes
        )
    paths = list(dict.fromkeys(path for _, spread in drawn for path in spread))
    notes.append(
        f"PED-ANOVA: how far the best tenth of the trials (at least five) is from all. Bars: mean over {RESAMPLES} "
        "resamples; whiskers: from the 5th to the 95th percentile of them."
    )
    if any(len(arm.completed) > MOST_TRIALS for arm, _ in drawn):
        notes.append(f"Of a larger arm {MOST_TRIALS:,} trials were looked at.")
    return Drawing(
        data=[_bars(arm, spread) for arm, spread in reversed(drawn)],
        layout={
            "height": 120 + len(paths) * max(48, 22 * len(drawn)),
            "barmode": "group",
            "xaxis": {"title": {"text": "importance"}, "range": [0, 1.02]},
            "yaxis": {
                "automargin": True,
                "categoryarray": [shown(path) for path in reversed(paths)],
                "type": "category",
            },
            "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "traceorder": "reversed"},
        },
        summary=" ".join(_said(arm, spread) for arm, spread in drawn),
        notes=notes,
        columns=("arm", "path", "importance", "5th percentile", "95th percentile"),
        rows=_rows(drawn),
    )


def _spread(arm: DrawnArm) -> Found:
    """Empty where nothing can be told."""
    if _is_flat(arm):
        return {}
    tried = [(trial.configuration, number(trial.value)) for trial in arm.completed]
    resampled = importances(arm.space, tried, arm.maximise, RESAMPLES)
    if not resampled:
        return {}
    by_path = {path: [one[path] for one in resampled] for path in resampled[0]}
    return {path: (float(np.mean(all_of_them)), *_ends(all_of_them)) for path, all_of_them in by_path.items()}


def _is_flat(arm: DrawnArm) -> bool:
    """Where all values are equal, nothing has mattered."""
    return len({trial.value for trial in arm.completed}) == 1


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.percentile(values, WITHIN)
    return float(low), float(high)


def _bars(arm: DrawnArm, spread: Found) -> Trace:
    means = [round(mean, 4) for mean, _, _ in spread.values()]
    whiskers = {
        "type": "data",
        "symmetric": False,
        "array": [round(max(0.0, high - mean), 4) for mean, _, high in spread.values()],
        "arrayminus": [round(max(0.0, mean - low), 4) for mean, low, _ in spread.values()],
        "thickness": 1.2,
        "width": 3,
        "color": GREY,
    }
    bars = {"type": "bar", "orientation": "h", "y": [shown(path) for path in spread], "x": means, "error_x": whiskers}
    hover = "%{y}: %{x:.2f}<extra>%{fullData.name}</extra>"
    return bars | arm.named | {"marker": {"color": arm.style.colour}, "hovertemplate": hover}


def _said(arm: DrawnArm, spread: Found) -> str:
    if len(spread) == 1:
        return f"{arm.name} searches {next(iter(spread))} alone."
    first, second = sorted(spread, key=lambda path: -spread[path][0])[:2]
    if spread[first][1] <= spread[second][2]:
        return f"{arm.name}: which path matters most cannot be told, since the whiskers overlap."
    return f"{arm.name}: {first} matters most ({spread[first][0]:.0%} of what is told apart)."


def _notes(without: Sequence[DrawnArm]) -> list[str]:
    few = [arm.name for arm in without if arm.space and len(arm.completed) < LEAST_TRIALS]
    flat = [arm.name for arm in without if len(arm.completed) >= LEAST_TRIALS and _is_flat(arm)]
    notes = [f"{listed(few)}: fewer than {counted(LEAST_TRIALS, 'completed trial')}, too few to say."] if few else []
    return notes + ([f"{listed(flat)}: every trial has the same value, so nothing is said."] if flat else [])


def _rows(drawn: Sequence[tuple[DrawnArm, Found]]) -> list[tuple[Cell, ...]]:
    return [
        (arm.name, path, round(mean, 3), round(low, 3), round(high, 3))
        for arm, spread in drawn
        for path, (mean, low, high) in sorted(spread.items(), key=lambda one: -one[1][0])
    ]
