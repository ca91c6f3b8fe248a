"""What every kind of ledger keeps for the web page: sessions, and what its lists show."""

import time
from dataclasses import replace

import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.lists import TrialsWanted
from sweeps.ledger.sessions import MOST_OF_A_TOKEN
from sweeps.ledger.tables import metadata
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.ledger.users import UserChange
from sweeps.roles import Role, Scope
from sweeps.states import SweepState, TrialState
from tests.sweeps.booked import BookedSweep


def test_a_session_ends_with_its_token_its_user_and_its_time(ledger: Ledger) -> None:
    sessions, team = ledger.sessions, ledger.teams.add("vision", "root", {})[0].id
    member, token = ledger.users.add(team, "ada", Role.MEMBER)
    short = ledger.tokens.add(member.id, "short", Scope.READ, time.time() - 1)
    assert sessions.caller(sessions.begin(short.record.id, 60)) is None
    assert sessions.caller(sessions.begin(token.record.id, 0)) is None
    secret, other = sessions.begin(token.record.id, 60), sessions.begin(token.record.id, 60)
    assert sessions.caller(secret) == ledger.accounts.caller(token.secret)
    ledger.users.change(member.id, team, UserChange(active=False))
    assert sessions.caller(secret) is None
    ledger.users.change(member.id, team, UserChange(active=True))
    sessions.end(other)
    assert (sessions.caller(secret) is None, sessions.caller(other)) == (False, None)
    ledger.tokens.revoke(token.record.id, team)
    assert sessions.caller(secret) is None


def test_sessions_that_are_over_are_not_kept(ledger: Ledger) -> None:
    token = ledger.accounts.caller(ledger.accounts.add_team("vision", "ada"))
    assert token is not None
    over = ledger.sessions.begin(token.token_id, -1)
    ledger.sessions.begin(token.token_id, 60)
    with ledger._engine.connect() as connection:
        kept = connection.execute(metadata.tables["sessions"].select()).all()
    assert len(kept) == 1
    assert over not in str(kept)


def test_a_token_has_so_many_sessions_and_the_oldest_makes_room(ledger: Ledger) -> None:
    token = ledger.accounts.caller(ledger.accounts.add_team("vision", "ada"))
    other = ledger.accounts.caller(ledger.accounts.add_team("speech", "bob"))
    assert token is not None
    assert other is not None
    theirs = ledger.sessions.begin(other.token_id, 60)
    begun = [ledger.sessions.begin(token.token_id, 60) for _ in range(MOST_OF_A_TOKEN + 2)]
    assert [ledger.sessions.caller(secret) is None for secret in begun] == [True] * 2 + [False] * MOST_OF_A_TOKEN
    ledger.sessions.begin(token.token_id, 60, instead_of=begun[-1])
    assert [ledger.sessions.caller(secret) is None for secret in begun[1:4]] == [True, False, False]
    assert ledger.sessions.caller(begun[-1]) is None
    assert ledger.sessions.caller(theirs) is not None


def test_a_glance_tells_the_owner_the_ended_trials_and_the_best_completed_values(ledger: Ledger) -> None:
    going, ended = BookedSweep(ledger, team="one"), BookedSweep(ledger, team="two")
    for number, (state, value) in enumerate(
        [
            (TrialState.COMPLETED, 0.4),
            (TrialState.COMPLETED, 0.7),
            (TrialState.PRUNED, 0.9),
            (TrialState.DIVERGED, None),
            (TrialState.RUNNING, None),
        ]
    ):
        going.trial(number, state, value)
    for reached in (SweepState.CONFIRMING, SweepState.COMPLETED):
        assert ledger.sweeps.move(ended.id, reached)
    headers = [ledger.sweeps.get(one.id) for one in (going, ended)]
    found = ledger.glances.at(headers)
    assert (found[going.id].owner, found[going.id].spec) == ("ada", headers[0].spec)
    assert (found[going.id].ended, found[going.id].lowest, found[going.id].highest) == (4, 0.4, 0.7)
    assert (found[ended.id].ended, found[ended.id].lowest, found[ended.id].highest) == (None, None, None)
    assert ledger.glances.at([]) == {}


def test_curves_are_means_over_the_networks_at_the_epochs_that_all_have_measured(ledger: Ledger) -> None:
    booked = BookedSweep(ledger, replicates=2)
    booked.trial(0, epochs=3, seeds=(0, 1))
    booked.trial(1, TrialState.RUNNING, value=None, epochs=2, seeds=(0, 1))
    booked.epochs("search", 1, 0, upto=3, above=2)
    booked.confirmed(0, [0.9, 0.9, 0.9])
    booked.trial(2, TrialState.DIVERGED, value=None, epochs=1, seeds=(1,))
    booked._book(Batch(epochs=[NewEpoch("search", 2, 0, 1, {"validation_accuracy": None})]))
    means = ledger.curves.means(booked.id, [0, 1, 2], "validation_accuracy", [1])
    accuracy = [one["validation_accuracy"] for one in booked.curve(3)]
    assert {trial: [epoch for epoch, _ in found] for trial, found in means.items()} == {0: [1, 3], 1: [1, 2], 2: [1]}
    assert [value for _, value in means[0]] == pytest.approx([accuracy[1], accuracy[3]])
    assert means[2] == [(1, None)], "not every network's value was finite"
    assert ledger.curves.means(booked.id, [0], "no \"such' metric", [1]) == {0: [(1, None), (3, None)]}
    assert [one.number for one in ledger.curves.training(booked.id, 1, 9)] == [1]
    assert [one.number for one in ledger.curves.every(booked.id, 0, 2, 9)] == [0], "its second is left out"
    assert ledger.curves.numbered(booked.id, []) == []


def test_trials_are_found_by_number_and_by_words_of_configuration_and_reason(ledger: Ledger) -> None:
    booked = BookedSweep(ledger)
    booked.trial(1, optimiser="Adam")
    booked.trial(11, learning_rate=0.015625)
    booked._book(
        Batch(trials={4: replace(ledger.trials.get(booked.id, 1), number=4, arm_number=4, reason="100% lost")})
    )
    for text, numbers in (
        ("1", [1]),
        ("adam", [1, 4]),
        ("0.015", [11]),
        ("100% L", [4]),
        ("_", [11]),
        ("%%", []),
    ):
        found = ledger.lists.trials(booked.id, TrialsWanted(contains=text))
        assert (text, [trial.number for trial in found]) == (text, numbers)
        assert ledger.lists.count_trials(booked.id, TrialsWanted(contains=text)) == len(numbers)
    booked.trial(5, TrialState.RUNNING, value=None)
    assert [ledger.lists.count_trials(booked.id, TrialsWanted(sort=sort)) for sort in ("number", "value")] == [4, 3]


def test_the_last_events_are_read_without_those_of_trials(ledger: Ledger) -> None:
    booked = BookedSweep(ledger)
    for number in range(3):
        booked._book(Batch(events=[("trial.finished", {"number": number})]))
    ledger.shelf.change(booked.id, {"note": "seen"})
    assert [one.data["number"] for one in ledger.events.latest(booked.id, 2, of_trials=True)] == [2, 1]
    others = ledger.events.latest(booked.id, 9, of_trials=False)
    assert [one.kind for one in others] == ["sweep.changed", *["sweep.state"] * 3]
