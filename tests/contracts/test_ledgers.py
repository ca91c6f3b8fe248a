"""What every kind of ledger must do: keep what it is told, exactly, whoever else writes at the same time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import TypeVar

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.event import listen

from sweeps.ledger import Ledger, events, exports, tables
from sweeps.ledger.errors import FencedOut, LedgerUnreachable, NoSuchSweep, NotComplete, WrongState
from sweeps.ledger.lists import SweepsWanted
from sweeps.ledger.records import Metrics
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.states import SweepState, TrialState
from tests.sweeps.booked import BookedSweep

T = TypeVar("T")
THREADS = 8


def at_once(act: Callable[[], T]) -> list[T]:
    """Does it in eight threads that begin together."""
    barrier = threading.Barrier(THREADS)

    def begin(_: int) -> T:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_a_new_ledger_may_be_opened_by_many_at_once(ledger_url: str) -> None:
    def open_one() -> None:
        ledger = Ledger(ledger_url)
        ledger.migrate()
        ledger.close()

    at_once(open_one)


def test_the_first_administrator_is_made_once_however_many_ask(ledger: Ledger) -> None:
    assert sum(token is not None for token in at_once(ledger.accounts.first_admin)) == 1


def test_attempts_that_are_started_at_once_get_different_numbers(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    attempts = at_once(lambda: ledger.sweeps.start_attempt(sweep.id))
    assert sorted(attempts) == list(range(2, 2 + THREADS))
    assert ledger.sweeps.get(sweep.id).attempt == max(attempts)


def test_the_time_that_a_sweep_ran_has_no_waits_in_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1_000.0
    monkeypatch.setattr(time, "time", lambda: clock)

    def ran() -> tuple[float, float | None]:
        record = ledger.sweeps.get(sweep.id)
        return record.run_seconds, record.running_since

    sweep = BookedSweep(ledger)
    assert ran() == (0.0, 1_000.0)
    clock = 1_010.0
    ledger.lifecycle.pause(sweep.id)
    clock = 1_011.0
    assert ledger.sweeps.move(sweep.id, SweepState.PAUSED)
    assert ran() == (11.0, None)
    clock = 5_000.0
    ledger.lifecycle.resume(sweep.id)
    attempt = ledger.sweeps.start_attempt(sweep.id)
    ledger.sweeps.move(sweep.id, SweepState.RUNNING)
    clock = 5_007.0
    ledger.trials.book(sweep.id, attempt, Batch())  # its last heartbeat
    clock = 9_000.0
    ledger.sweeps.start_attempt(sweep.id)
    assert ran() == (18.0, None)
    ledger.sweeps.move(sweep.id, SweepState.RUNNING)
    clock = 9_001.0
    ledger.lifecycle.stop(sweep.id)
    ledger.sweeps.end(sweep.id, SweepState.STOPPED)
    assert ran() == (19.0, None)


def test_an_attempt_that_follows_one_is_started_once_however_many_decide_so(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)

    def start() -> int | None:
        try:
            return ledger.sweeps.start_attempt(sweep.id, after=1)
        except FencedOut:
            return None

    assert sorted(at_once(start), key=str) == [2] + [None] * (THREADS - 1)
    assert ledger.sweeps.get(sweep.id).attempt == 2


def test_a_sweep_ends_once_however_many_end_it(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0, TrialState.RUNNING, value=None)
    ended = at_once(lambda: ledger.sweeps.end(sweep.id, SweepState.FAILED, "the disk is full"))
    assert sorted(ended) == [False] * (THREADS - 1) + [True]
    told = [event.data["state"] for event in ledger.events.after(sweep.id, 0) if event.kind == "sweep.state"]
    assert told.count("failed") == 1
    assert ledger.trials.get(sweep.id, 0).state is TrialState.STOPPED


def test_nothing_of_an_attempt_is_kept_once_another_has_started(ledger: Ledger) -> None:
    """An attempt books as fast as it can, and another starts: what is there then is all that ever will be."""
    sweep = BookedSweep(ledger)
    sweep.trial(0, TrialState.RUNNING, value=None, epochs=0)
    booked = threading.Event()
    epochs = count(1)

    def book_until_fenced_out() -> None:
        with suppress(FencedOut):
            while True:
                batch = Batch(epochs=[NewEpoch("search", 0, 0, next(epochs), {"train_loss": 0.5})])
                ledger.trials.book(sweep.id, sweep.attempt, batch)
                booked.set()

    writing = threading.Thread(target=book_until_fenced_out)
    writing.start()
    assert booked.wait(60)
    ledger.sweeps.start_attempt(sweep.id)
    found = ledger.trials.epochs(sweep.id)
    writing.join(60)
    assert not writing.is_alive()
    assert ledger.trials.epochs(sweep.id) == found
    assert [epoch.epoch for epoch in found] == list(range(1, len(found) + 1))


def test_a_sweep_that_is_extended_while_it_ends_is_never_completed_with_less(ledger: Ledger) -> None:
    for trials in range(5, 15):
        sweep = BookedSweep(ledger, team=f"team {trials}", budget={"trials": 1})
        for number in range(2):
            sweep.trial(number)
        sweep.end(SweepState.CONFIRMING)
        with ThreadPoolExecutor(2) as pool:
            ending = pool.submit(ledger.sweeps.end, sweep.id, SweepState.COMPLETED)
            pool.submit(ledger.lifecycle.extend, sweep.id, trials).result()
            with suppress(NotComplete):
                ending.result()
        assert ledger.sweeps.get(sweep.id).state in (SweepState.CONFIRMING, SweepState.QUEUED)


def test_events_are_read_in_order_and_none_is_passed_over_by_a_reader_who_follows(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    last = ledger.events.after(sweep.id, 0)[-1].id
    seen: list[int] = []

    def book(number: int) -> None:
        ledger.trials.book(sweep.id, sweep.attempt, Batch(events=[("note", {"number": number}), ("note", {})]))

    with ThreadPoolExecutor(THREADS) as pool:
        writing = [pool.submit(book, number) for number in range(100)]
        while not all(one.done() for one in writing):
            seen += [event.id for event in ledger.events.after(sweep.id, seen[-1] if seen else last)]
    seen += [event.id for event in ledger.events.after(sweep.id, seen[-1] if seen else last)]
    assert seen == [event.id for event in ledger.events.after(sweep.id, last)]
    assert len(seen) == 200


def test_a_reader_of_all_events_passes_over_none_however_late_it_is_committed(ledger: Ledger) -> None:
    """A transaction holds a low id while another commits a higher one: who has read that must see the other, too."""
    first, second = BookedSweep(ledger, team="first"), BookedSweep(ledger, team="second")
    seen: list[int] = []
    horizon, last = ledger.events.horizon(), ledger.events.newest(second.id)

    def read() -> None:
        start = seen[-1] if seen else last
        seen.extend(event.id for _, event in ledger.events.of_all(start, horizon.look() or start))

    def book(number: int) -> None:
        sweep = (first, second)[number % 2]
        ledger.trials.book(sweep.id, sweep.attempt, Batch(events=[("note", {})] * 3))

    with ThreadPoolExecutor(THREADS) as pool:
        writing = [pool.submit(book, number) for number in range(200)]
        while not all(one.done() for one in writing):
            read()
    deadline = time.monotonic() + 20
    while len(seen) < 600 and time.monotonic() < deadline:
        read()
    own = [event.id for sweep in (first, second) for event in ledger.events.after(sweep.id, last, 1_000)]
    assert seen == sorted(own)
    assert len(seen) == 600


def test_an_event_of_a_transaction_that_goes_on_is_waited_for(ledger_url: str, ledger: Ledger) -> None:
    if ledger_url.startswith("sqlite"):
        pytest.skip("one transaction writes at a time")
    first, second = BookedSweep(ledger, team="first"), BookedSweep(ledger, team="second")
    horizon = ledger.events.horizon()
    start = max(ledger.events.newest(sweep.id) for sweep in (first, second))
    assert horizon.look() == start
    with ledger._engine.begin() as connection:
        events.add_event(connection, first.id, "early", {})
        ledger.trials.book(second.id, second.attempt, Batch(events=[("late", {})]))
        assert [horizon.look() for _ in range(3)] == [start] * 3
    kinds = [event.kind for _, event in ledger.events.of_all(start, horizon.look() or start)]
    assert kinds == ["early", "late"]


def test_a_batch_that_is_booked_again_counts_once(ledger: Ledger) -> None:
    """The answer to a commit may be lost with the database's process; then nobody knows, and it is booked again."""
    sweep = BookedSweep(ledger)
    sweep.trial(0, TrialState.RUNNING, value=None, epochs=0)
    epochs = [NewEpoch("search", 0, 0, 1, {"train_loss": 0.5})]
    ended = replace(ledger.trials.get(sweep.id, 0), state=TrialState.COMPLETED, value=0.5, device_seconds=3.0)
    batch = Batch(trials={0: ended}, epochs=epochs, events=[("trial.finished", {"number": 0})])
    for _ in range(2):
        ledger.trials.book(sweep.id, sweep.attempt, batch)
    assert ledger.trials.get(sweep.id, 0) == ended
    assert [epoch.epoch for epoch in ledger.trials.epochs(sweep.id)] == [1]
    assert [event.kind for event in ledger.events.after(sweep.id, 0)].count("trial.finished") == 1


NUMBERS: Metrics = {"tiny": 5e-324, "exact": 0.1, "large": 1.7976931348623157e308, "zero": -0.0, "none": None}


def test_numbers_come_back_as_they_went_in(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0, value=0.1 + 0.2, learning_rate=1e-300, hidden=[8, 8], activation="relu", on=True, off=None)
    record = ledger.trials.get(sweep.id, 0)
    assert record.value == 0.1 + 0.2
    expected = {"learning_rate": 1e-300, "hidden": [8, 8], "activation": "relu", "on": True, "off": None}
    assert record.configuration == expected
    ledger.trials.book(sweep.id, sweep.attempt, Batch(epochs=[NewEpoch("search", 0, 0, 9, NUMBERS)]))
    assert ledger.trials.epochs(sweep.id)[-1].metrics == NUMBERS


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_none(ledger: Ledger, number: float) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0, epochs=0)
    batch = Batch(epochs=[NewEpoch("search", 0, 0, 1, {"train_loss": number, "validation_accuracy": 0.5})])
    ledger.trials.book(sweep.id, sweep.attempt, batch)
    assert ledger.trials.epochs(sweep.id)[-1].metrics == {"train_loss": None, "validation_accuracy": 0.5}


def test_whatever_words_an_exception_had_they_are_kept_readable(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0, TrialState.RUNNING, value=None)
    words = "no file 'a\0b\udc80c' for σ 😀"
    record = replace(ledger.trials.get(sweep.id, 0), state=TrialState.FAILED, reason=words)
    batch = Batch(trials={0: record}, events=[("note", {words: [words]})])
    ledger.trials.book(sweep.id, sweep.attempt, batch)
    kept = "no file 'a\ufffdb\\udc80c' for σ 😀"
    assert ledger.trials.get(sweep.id, 0).reason == kept
    assert ledger.events.after(sweep.id, 0)[-1].data == {kept: [kept]}


def test_a_ledger_that_is_away_is_named_so_to_readers_and_writers() -> None:
    away = Ledger("postgresql+psycopg://npsweep@127.0.0.1:1/nowhere")
    with pytest.raises(LedgerUnreachable, match="connection"):
        away.check()
    with pytest.raises(LedgerUnreachable, match="connection"):
        away.lifecycle.stop(1)
    away.close()


def test_ids_may_pass_what_32_bits_hold(ledger: Ledger) -> None:
    """A ledger of a busy lab gets there in days."""
    sweep = BookedSweep(ledger)
    sweep.trial(0)
    ledger.outbox.mark_epoch(sweep.id, 2**40)
    assert ledger.outbox.delivered_epoch(sweep.id) == 2**40
    with ledger._engine.begin() as connection:
        event = {"id": 2**40, "sweep_id": sweep.id, "at": 1.0, "kind": "test", "data": {}}
        connection.execute(insert(tables.events), [event])
        epoch = {"id": 2**40, "phase": "search", "trial": 0, "seed": 0, "epoch": 9, "at": 1.0, "metrics": {}}
        connection.execute(insert(tables.epochs), [epoch | {"sweep_id": sweep.id}])
    assert [event.id for event in ledger.events.after(sweep.id, 2**40 - 1)] == [2**40]
    assert [epoch.id for epoch in ledger.trials.epochs(sweep.id, after=2**40 - 1)] == [2**40]


@pytest.mark.parametrize("at_once", [1, 4, 1_000])
def test_all_that_was_measured_is_read_in_parts_in_order(
    at_once: int, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "TRIALS_AT_ONCE", at_once)
    monkeypatch.setattr(exports, "EPOCHS_AT_ONCE", at_once)
    sweep, other = BookedSweep(ledger), BookedSweep(ledger, team="others")
    for number in range(5):
        for booked in (sweep, other):
            booked.trial(number, seeds=(0, 1))
    sweep.confirmed(3, [0.5, 0.6])
    parts = list(ledger.exports.trials(sweep.id))
    trials = [one for part in parts for one in part]
    assert [trial for trial, _ in trials] == ledger.trials.page(sweep.id)
    assert {len(part) for part in parts[:-1]} <= {at_once}
    assert [members for trial, members in trials] == [ledger.trials.members(sweep.id, n) for n in range(5)]
    of_two = ledger.trials.members(sweep.id, 1) + ledger.trials.members(sweep.id, 3)
    assert sorted(ledger.trials.members_of(sweep.id, [1, 3]), key=repr) == sorted(of_two, key=repr)
    confirmed = [member for member in of_two if member.phase == "confirmation"]
    assert sorted(ledger.trials.members_of(sweep.id, [1, 3], "confirmation"), key=repr) == sorted(confirmed, key=repr)
    assert ledger.trials.members_of(sweep.id, []) == []
    epochs = [epoch for part in ledger.exports.epochs(sweep.id) for epoch in part]
    assert sorted(epochs, key=lambda epoch: epoch.id) == ledger.trials.epochs(sweep.id)
    keys = [(epoch.trial, epoch.phase, epoch.seed, epoch.epoch) for epoch in epochs]
    assert keys == sorted(keys)


def test_a_deleted_sweep_leaves_its_account_and_nothing_else(ledger: Ledger) -> None:
    sweep, other = BookedSweep(ledger), BookedSweep(ledger, team="others")
    for booked in (sweep, other):
        booked.trial(0)
        booked.stint(0, lane=1, since=1_001.0, until=1_002.0)
        ledger.sweeps.end(booked.id, SweepState.FAILED)
    record = ledger.sweeps.get(sweep.id)
    used, rest = ledger.usage.of_team(record.team_id, 0.0), ledger.trials.epochs(other.id)
    ledger.shelf.remove(sweep.id)
    (removal,) = ledger.removals.unsettled()
    assert (removal.sweep_id, removal.created_at, removal.experiment) == (
        sweep.id,
        record.created_at,
        "default/quickstart",
    )
    assert ledger.usage.of_team(record.team_id, 0.0) == used
    with ledger._engine.connect() as connection:
        for table in (tables.trials, tables.members, tables.stints, tables.epochs, tables.events, tables.inherited):
            assert connection.scalar(select(func.count()).where(table.c.sweep_id == sweep.id)) == 0
    assert ledger.trials.epochs(other.id) == rest
    ledger.removals.settle(sweep.id)
    assert ledger.removals.unsettled() == []
    with pytest.raises(NoSuchSweep):
        ledger.shelf.remove(sweep.id)


def test_labels_notes_and_the_archive_are_kept_and_told(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    changed = ledger.shelf.change(sweep.id, {"labels": ["σ", "b", "σ"], "note": "a\0b"})
    assert (changed.labels, changed.note) == (["σ", "b"], "a\ufffdb")
    with pytest.raises(WrongState, match="only one that has ended can be archived"):
        ledger.shelf.change(sweep.id, {"archived": True, "note": None})
    assert ledger.sweeps.get(sweep.id) == changed
    ledger.sweeps.end(sweep.id, SweepState.FAILED)
    first = ledger.shelf.change(sweep.id, {"archived": True}).archived_at
    assert ledger.shelf.change(sweep.id, {"archived": True}).archived_at == first is not None
    assert ledger.lists.sweeps(changed.team_id) == []
    assert [one.id for one in ledger.lists.sweeps(changed.team_id, SweepsWanted(archived=True))] == [sweep.id]
    assert ledger.lifecycle.resume(sweep.id).archived_at is None
    told = [event.data for event in ledger.events.after(sweep.id, 0) if event.kind == "sweep.changed"]
    assert told[0] == {"labels": ["σ", "b", "σ"], "note": "a\ufffdb"}


def test_a_reader_who_comes_while_a_transaction_goes_on_is_told_no_horizon_before_it_has_ended(
    ledger_url: str, ledger: Ledger
) -> None:
    if ledger_url.startswith("sqlite"):
        pytest.skip("one transaction writes at a time")
    sweep = BookedSweep(ledger)
    with ledger._engine.begin() as connection:
        events.add_event(connection, sweep.id, "early", {})
        horizon = ledger.events.horizon()
        assert [horizon.look() for _ in range(3)] == [None] * 3
    assert horizon.look() is not None
    assert horizon.look() == ledger.events.newest(sweep.id)


def test_whatever_takes_long_in_a_transaction_comes_before_its_events(ledger: Ledger) -> None:
    """The horizon waits for a transaction that has written an event, but not for ever."""
    sweep = BookedSweep(ledger)
    sweep.trial(0, TrialState.RUNNING, value=None)
    written: list[str] = []
    listen(ledger._engine, "before_cursor_execute", lambda *said: written.append(said[2]))
    for act in (
        lambda: ledger.sweeps.end(sweep.id, SweepState.FAILED),
        lambda: ledger.lifecycle.extend(sweep.id, 50),
    ):
        written.clear()
        act()
        first = next(place for place, said in enumerate(written) if said.startswith("INSERT INTO events"))
        assert not [said for said in written[first:] if said.startswith(("DELETE", "UPDATE trials", "UPDATE members"))]
