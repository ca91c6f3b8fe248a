"""Figures of sweeps as they are sent: drawn once, for as long as nothing happens to their sweep."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, NamedTuple

from fastapi import Depends, Path, Query, Request

from service.answers.describe import arm_index, arm_names
from service.reading import read
from sweeps.figures import FIGURES, FigureName, Kind, draw
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord

KEPT = 40
"""Figures that are kept drawn, the longest of half a megabyte."""
QUICK = 0.1
"""Seconds: what is drawn so quickly is drawn as often as its sweep goes on..."""
REST = 10.0
"""...and what takes longer is shown for ten times as long first: no figure takes more than a tenth of a processor."""


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


class Kept(NamedTuple):
    """A figure that has been drawn."""

    figure: SentFigure
    progress: tuple[int, int]
    """The sweep's, before it was drawn."""
    rests_until: float
    """While its sweep goes on."""


Key = tuple[int, FigureName, tuple[int, ...], int]
"""A sweep, the figure's name, places of arms, columns."""


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
    """Draws each figure once for all who ask, one after the other in a thread: two would hold up everybody else.

    Used within one event loop.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._clock = clock
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._coming: dict[Key, asyncio.Task[SentFigure]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="figures")

    async def sent(self, sweep: SweepRecord, asked: AskedFigure) -> SentFigure:
        """The figure as of now, or of a moment ago where that took long. Raises NoSuchArm."""
        names = arm_names(sweep)
        columns = asked.columns if FIGURES[asked.name].has_columns else 1
        key = sweep.id, asked.name, tuple(sorted(arm_index(names, arm) for arm in asked.arms)), columns
        coming = self._coming.get(key)
        if coming is None:
            coming = self._coming[key] = asyncio.create_task(self._current(key, sweep))
            coming.add_done_callback(lambda done: self._come(key, done))
        return await asyncio.shield(coming)  # who goes away takes it from nobody else

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)

    def _come(self, key: Key, done: asyncio.Task[SentFigure]) -> None:
        del self._coming[key]
        if not done.cancelled():
            done.exception()  # it has been told to all who still wait

    async def _current(self, key: Key, sweep: SweepRecord) -> SentFigure:
        known, is_live = self._kept.get(key), not sweep.state.is_final
        if known and is_live and self._clock() < known.rests_until:
            return known.figure
        progress = await read(self._ledger, self._progress, sweep.id, FIGURES[key[1]])
        if known and known.progress == progress:
            return known.figure
        figure, seconds = await asyncio.get_running_loop().run_in_executor(self._thread, self._drawn, key, sweep)
        rest = REST * seconds if seconds > QUICK else 0.0
        self._kept[key] = Kept(figure, progress, self._clock() + rest)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return figure

    def _progress(self, sweep_id: int, kind: Kind) -> tuple[int, int]:
        """Changes with what the figure shows."""
        epoch = self._ledger.trials.newest_epoch(sweep_id) if kind.by_epoch else 0
        return self._ledger.events.newest(sweep_id), epoch

    def _drawn(self, key: Key, sweep: SweepRecord) -> tuple[SentFigure, float]:
        """And how long it took."""
        began = self._clock()
        _, name, arms, columns = key
        body = draw(self._ledger, sweep, name, arms, columns).model_dump_json().encode()
        return SentFigure(body, hashlib.sha256(body).hexdigest()[:32]), self._clock() - began


async def the_figures(request: Request) -> Figures:
    figures: Figures = request.app.state.figures
    return figures


TheFigures = Annotated[Figures, Depends(the_figures)]
