"""Sweeps to draw, and figures as a browser gets them."""

import json
import math
from typing import Any

import plotly.graph_objects as go

from sweeps.figures import FIGURES, Figure, FigureName, draw
from sweeps.ledger import Ledger
from sweeps.states import TrialState
from tests.sweeps.booked import BookedSweep

METRICS = ("validation_accuracy", "validation_loss")
NAMES = list(FIGURES)
ARMS = [{"rule": "bp"}, {"rule": "anp"}, {"rule": "anp", "decorrelation": True}]
EVENLY = (0.8191725, 0.6710436, 0.5497005)
"""Steps whose multiples fill a cube evenly (Roberts 2018)."""
PEAK = {"learning_rate": 1e-3, "noise_scale": 1e-3, "decorrelation_rate": 1e-3}


def drawn(sweep: BookedSweep, name: FigureName, **wanted: Any) -> Figure:
    """The figure after a journey as JSON, which knows no NaN; Plotly checks every property's name and value."""
    found = draw(sweep.ledger, sweep.ledger.sweeps.get(sweep.id), name, **wanted)
    document = json.loads(json.dumps(found.model_dump(mode="json"), allow_nan=False))
    go.Figure(document)
    return Figure.model_validate(document)


def searched(ledger: Ledger, trials: int = 36, metric: str = "validation_accuracy", **changes: Any) -> BookedSweep:
    """A sweep whose metric is best at PEAK; every sixth trial was pruned, every ninth diverged."""
    document = {"compare": ARMS, "budget": {"trials": trials}, "search": {"objectives": [metric]}}
    sweep = BookedSweep(ledger, **(document | changes))
    for number in range(trials):
        space = sweep.spec.compare[number % len(sweep.spec.compare)].space
        place = [number * step % 1.0 for step in EVENLY]
        values: dict[str, Any] = {
            path: space[path].at(part) for path, part in zip(PEAK, place, strict=True) if path in space
        }
        distance = 0.05 * sum(abs(math.log10(x) + 3) for x in values.values())
        value = 0.9 - distance if sweep.spec.maximise else 0.1 + distance
        state = (
            TrialState.PRUNED if number % 6 == 5 else TrialState.DIVERGED if number % 9 == 8 else TrialState.COMPLETED
        )
        sweep.trial(number, state, None if state is TrialState.DIVERGED else value, **values)
    return sweep


def numbers(figure: Figure, name: str, **wanted: str) -> set[int]:
    """The trials that have a mark in the traces of this name."""
    traces = [trace for trace in figure.data if trace.get("name") == name and wanted.items() <= trace.items()]
    return {one[0] for trace in traces for one in trace.get("customdata", []) if one}


def told(sweep: BookedSweep, name: FigureName, **wanted: Any) -> Any:
    """The figure in words."""
    return drawn(sweep, name, **wanted).layout["meta"]
