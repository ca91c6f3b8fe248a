"""A large sweep that trains while it is looked at: booked as its coordinator would, and nothing is trained."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sweeps.ledger import Ledger
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.search.study import PastTrial
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.benchmarks.coordinator import PLACES, Desk, booked, history

EPOCHS = 20
TRIALS_AT_ONCE = 500
STEP_SECONDS = 0.5


def fill(url: str, trials: int) -> tuple[str, int]:
    """A ledger with a running sweep and so many completed trials; returns the administrator's token and the sweep."""
    desk = Desk(url)
    sweep = desk.sweep(10 * trials, EPOCHS, "random")
    spec = SweepSpec.model_validate(desk.ledger.sweeps.get(sweep).spec)
    for start in range(0, trials, TRIALS_AT_ONCE):
        numbers = range(start, min(trials, start + TRIALS_AT_ONCE))
        batch = Batch()
        for number, past in zip(numbers, history(spec, numbers), strict=True):
            add(batch, sweep, number, past, EPOCHS)
            batch.epochs += [measured(number, epoch, past.value) for epoch in range(1, EPOCHS + 1)]
        desk.ledger.trials.book(sweep, 1, batch)
    token = desk.ledger.accounts.new_token("admin", "benchmark")
    desk.ledger.close()
    return token, sweep


@contextmanager
def going_on(url: str, sweep: int, trials: int) -> Iterator[None]:
    """Another process that books two epochs a second of a lane's networks from the trial `trials` on; it has begun."""
    ledger = Ledger(url)
    before = ledger.trials.newest_epoch(sweep)
    process = multiprocessing.get_context("spawn").Process(target=go_on, args=(url, sweep, trials), daemon=True)
    process.start()
    try:
        while ledger.trials.newest_epoch(sweep) == before:
            time.sleep(0.1)
        yield
    finally:
        ledger.close()
        process.kill()
        process.join()


def go_on(url: str, sweep: int, first: int) -> None:
    ledger = Ledger(url)
    spec = SweepSpec.model_validate(ledger.sweeps.get(sweep).spec)
    while True:
        numbers = range(first, first + PLACES)
        pasts = list(history(spec, numbers))
        for epoch in range(1, EPOCHS + 1):
            batch = Batch()
            for number, past in zip(numbers, pasts, strict=True):
                add(batch, sweep, number, past, epoch)
                batch.epochs.append(measured(number, epoch, past.value))
            ledger.trials.book(sweep, 1, batch)
            time.sleep(STEP_SECONDS)
        first += PLACES


def add(batch: Batch, sweep: int, number: int, past: PastTrial, epoch: int) -> None:
    """The trial as it is after an epoch, with its network."""
    trial, member = booked(sweep, number, past)
    if epoch < EPOCHS:
        trial = replace(trial, state=TrialState.RUNNING, value=None, told=None, finished_at=None)
        member = replace(member, state=TrialState.RUNNING)
    batch.trials[number] = replace(trial, epoch=epoch)
    batch.members["search", number, 0] = replace(member, epoch=epoch)


def measured(number: int, epoch: int, value: float | None) -> NewEpoch:
    reached = (value or 0.0) * (1 - 0.6**epoch)
    return NewEpoch("search", number, 0, epoch, {"validation_accuracy": reached, "train_loss": 0.6**epoch})
