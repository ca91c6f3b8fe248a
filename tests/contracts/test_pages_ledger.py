"""What every kind of ledger keeps for the web page: sessions, and what its lists show."""

import time
from collections.abc import Iterator

import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.tables import metadata
from sweeps.ledger.users import UserChange
from sweeps.roles import Role, Scope
from sweeps.states import SweepState, TrialState
from tests.sweeps.booked import BookedSweep


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    ledger = Ledger(ledger_url)
    ledger.migrate()
    yield ledger
    ledger.close()


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
