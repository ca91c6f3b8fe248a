"""Figures of sweeps as they are sent: drawn once, for as long as nothing happens to their sweep."""

import hashlib
import threading
from collections import OrderedDict
from typing import Annotated, NamedTuple

from fastapi import Depends, Path, Query, Request

from service.describe import arm_index, arm_names
from sweeps.figures import FigureName, draw
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord

KEPT = 40
"""Figures that are kept drawn, the longest of half a megabyte."""


class AskedFigure(NamedTuple):
    """Which figure, of which arms, how wide."""

    name: FigureName
    arms: tuple[str, ...]
    columns: int


class SentFigure(NamedTuple):
    """A figure as JSON."""

    body: bytes
    tag: str
    """Changes with the body."""


async def asked_figure(
    name: Annotated[FigureName, Path(description="The figure's name.", examples=["history"])],
    arm: Annotated[
        list[Annotated[str, Query(max_length=60)]],
        Query(max_length=64, description="Only this arm, or these; else all.", examples=[["danp"]]),
    ] = [],  # noqa: B006 - FastAPI copies it
    columns: Annotated[int, Query(ge=1, le=4, description="Panels beside each other, where a figure has several.")] = 2,
) -> AskedFigure:
    return AskedFigure(name, tuple(dict.fromkeys(arm)), columns)


TheFigureAsked = Annotated[AskedFigure, Depends(asked_figure)]


class Figures:
    """Keeps what was drawn last. Safe in threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: OrderedDict[tuple[int, AskedFigure], tuple[tuple[int, int], SentFigure]] = OrderedDict()
        self._lock = threading.Lock()

    def sent(self, sweep: SweepRecord, asked: AskedFigure) -> SentFigure:
        """The figure as of now. Raises NoSuchArm."""
        names = arm_names(sweep)
        arms = sorted(arm_index(names, arm) for arm in asked.arms)
        progress = self._ledger.events.newest(sweep.id), self._ledger.trials.newest_epoch(sweep.id)
        with self._lock:
            known = self._kept.get((sweep.id, asked))
        if known is not None and known[0] == progress:
            return known[1]
        body = draw(self._ledger, sweep, asked.name, arms, asked.columns).model_dump_json().encode()
        drawn = SentFigure(body, hashlib.sha256(body).hexdigest()[:32])
        with self._lock:
            self._kept[sweep.id, asked] = (progress, drawn)
            self._kept.move_to_end((sweep.id, asked))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return drawn


async def the_figures(request: Request) -> Figures:
    figures: Figures = request.app.state.figures
    return figures


TheFigures = Annotated[Figures, Depends(the_figures)]
