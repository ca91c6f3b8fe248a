"""All figures of a sweep, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sweeps.figures import (
    arms,
    curves,
    history,
    importance,
    noise_decorrelation,
    parallel,
    pareto,
    slices,
    timeline,
)
from sweeps.figures.drawing import Drawing, Figure, plotly_figure
from sweeps.figures.subject import Subject
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord
from sweeps.spec import SweepSpec

FigureName = Literal[
    "noise-decorrelation",
    "arms",
    "curves",
    "curves-seconds",
    "slices",
    "parallel",
    "importance",
    "history",
    "timeline",
    "pareto",
]
COLUMNS = 2
"""Panels beside each other, where nothing else is asked for."""


@dataclass(frozen=True)
class Kind:
    """One kind of figure."""

    title: str
    shows: str
    """In one sentence."""
    draw: Callable[[Subject], Drawing]
    has_columns: bool = False
    """Whether it has panels, so that it matters how many stand beside each other."""
    by_epoch: bool = False
    """Whether each epoch changes it; else only what ends does."""


FIGURES: dict[FigureName, Kind] = {
    "noise-decorrelation": Kind(
        "Noise scale and decorrelation rate",
        "How good a configuration is, by its noise scale and its decorrelation rate, for each arm.",
        noise_decorrelation.draw,
        has_columns=True,
    ),
    "arms": Kind(
        "Arms side by side",
        "The test metric of each arm's best configuration: every confirmation seed, the mean, its 95 % interval.",
        arms.draw,
    ),
    "curves": Kind(
        "Learning curves by epoch",
        "How the validation metric went from epoch to epoch.",
        curves.in_epochs,
        by_epoch=True,
    ),
    "curves-seconds": Kind(
        "Learning curves by device time",
        "How the validation metric went in the device time that a network used.",
        curves.in_seconds,
        by_epoch=True,
    ),
    "slices": Kind(
        "Slices",
        "The value of every trial over each searched path by itself.",
        slices.draw,
        has_columns=True,
    ),
    "parallel": Kind(
        "Parallel coordinates",
        "Every completed trial as a line across its searched values to its value.",
        parallel.draw,
    ),
    "importance": Kind(
        "Importance",
        "How much each searched path matters for a good value, and how sure that is.",
        importance.draw,
    ),
    "history": Kind(
        "Optimisation history",
        "The value of every trial in the order in which they ended, and the best so far.",
        history.draw,
    ),
    "timeline": Kind(
        "Timeline",
        "Which lane trained which networks, when, and how many at once.",
        timeline.draw,
        by_epoch=True,
    ),
    "pareto": Kind(
        "Pareto front",
        "Which trials no other is better than in every objective.",
        pareto.draw,
        has_columns=True,
    ),
}


def draw(
    ledger: Ledger, sweep: SweepRecord, name: FigureName, arms: Sequence[int] = (), columns: int = COLUMNS
) -> Figure:
    """The figure as the ledger knows the sweep now.

    `arms`: places in `compare`, none for all; `columns`: panels beside each other, where it has several.
    """
    spec = SweepSpec.model_validate(sweep.spec)
    kind = FIGURES[name]
    subject = Subject(ledger, sweep, spec, tuple(arms) or tuple(range(len(spec.compare))), columns)
    return plotly_figure(name, kind.title, kind.shows, kind.draw(subject))
