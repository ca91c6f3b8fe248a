"""Figures are drawn no more often than their sweep asks for, and once for all who look."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.answers.figures import REST, AskedFigure, Figures, SentFigure
from sweeps.figures import FigureName
from sweeps.ledger.trials import Batch, NewEpoch
from tests.sweeps.booked import BookedSweep, open_ledger


@pytest.fixture
def sweep(tmp_path: Path) -> Iterator[BookedSweep]:
    sweep = BookedSweep(open_ledger(tmp_path))
    sweep.trial(0)
    yield sweep
    sweep.ledger.close()


class Clock:
    """Goes on by `step` seconds each time it is looked at."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


async def shown(
    figures: Figures, sweep: BookedSweep, name: FigureName = "history", *arms: str, columns: int = 2
) -> SentFigure:
    return await figures.sent(sweep.ledger.sweeps.get(sweep.id), AskedFigure(name, arms, columns))


def test_all_who_ask_at_once_get_one_drawing(sweep: BookedSweep) -> None:
    async def ask() -> list[SentFigure]:
        figures = Figures(sweep.ledger, Clock())
        orders = [("bp", "danp"), ("danp", "bp")]
        asks = itertools.product(orders, [1, 2])
        return await asyncio.gather(*(shown(figures, sweep, "history", *arms, columns=wide) for arms, wide in asks))

    assert len({id(figure) for figure in asyncio.run(ask())}) == 1


def test_who_goes_away_takes_the_drawing_from_nobody(sweep: BookedSweep) -> None:
    async def ask() -> SentFigure:
        figures = Figures(sweep.ledger, Clock())
        first, second = (asyncio.create_task(shown(figures, sweep)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(ask()).body


def test_an_epoch_changes_the_curves_and_nothing_that_shows_ended_trials(sweep: BookedSweep) -> None:
    async def changed(name: FigureName) -> bool:
        figures = Figures(sweep.ledger, Clock())
        before = await shown(figures, sweep, name)
        epoch = NewEpoch("search", 0, 0, 10 + len(name), {"validation_accuracy": 0.5})
        sweep.ledger.trials.book(sweep.id, sweep.attempt, Batch(epochs=[epoch]))
        return await shown(figures, sweep, name) is not before

    names: list[FigureName] = ["curves", "history", "importance", "pareto", "arms"]
    assert [asyncio.run(changed(name)) for name in names] == [True, False, False, False, False]


def test_what_takes_long_is_shown_for_a_while_until_its_sweep_has_ended(sweep: BookedSweep) -> None:
    async def look() -> None:
        clock = Clock(step=1.0)
        figures = Figures(sweep.ledger, clock)
        first = await shown(figures, sweep)
        sweep.ledger.trials.book(sweep.id, sweep.attempt, Batch(events=[("trial.finished", {})]))
        assert await shown(figures, sweep) is first
        clock.now += REST
        second = await shown(figures, sweep)
        assert second is not first
        sweep.end()
        assert await shown(figures, sweep) is not second

    asyncio.run(look())
