"""What every kind of ledger keeps for teams that share a cluster: one leader, quotas, what was spent, turns."""

import subprocess
import sys
import time

import pytest
from sqlalchemy import update

from sweeps.ledger import Ledger, tables
from sweeps.ledger.errors import QuotaUsedUp, WrongState
from sweeps.ledger.records import Quota
from sweeps.states import SweepState
from tests.sweeps.booked import BookedSweep

LEADER = """
import sys, time
from sweeps.ledger import Ledger
seat = Ledger(sys.argv[1]).leadership()
print(seat.is_held(), flush=True)
time.sleep(600)
"""


def set_quota(ledger: Ledger, team: int, **quota: float | None) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(update(tables.teams).where(tables.teams.c.id == team).values(**quota))


def test_one_process_leads_until_it_leaves_the_seat(ledger: Ledger) -> None:
    first, second = ledger.leadership(), ledger.leadership()
    assert (first.is_held(), second.is_held(), first.is_held()) == (True, False, True)
    first.give_up()
    assert (second.is_held(), first.is_held()) == (True, False)
    second.give_up()


def test_a_leader_that_is_killed_is_followed(ledger: Ledger, ledger_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", LEADER, ledger_url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as stdout:
        assert stdout.readline().strip() == "True"
        seat = ledger.leadership()
        assert not seat.is_held()
        process.kill()
        process.wait()
    deadline = time.monotonic() + 10
    while not (follows := seat.is_held()) and time.monotonic() < deadline:
        time.sleep(0.1)
    seat.give_up()
    assert follows


def test_a_team_posts_no_more_than_may_wait(ledger: Ledger) -> None:
    sweep = ledger.sweeps.get(BookedSweep(ledger).id)
    set_quota(ledger, sweep.team_id, max_queued=2)
    waiting = [ledger.sweeps.post(sweep.team_id, sweep.user_id, sweep.spec).id for _ in range(2)]
    with pytest.raises(QuotaUsedUp, match="2 sweeps of your team wait in a queue of at most 2"):
        ledger.sweeps.post(sweep.team_id, sweep.user_id, sweep.spec)
    ledger.lifecycle.stop(waiting[0])
    ledger.sweeps.post(sweep.team_id, sweep.user_id, sweep.spec)


def test_a_sweep_that_comes_back_waits_like_any_other(ledger: Ledger) -> None:
    sweep = ledger.sweeps.get(BookedSweep(ledger).id)
    set_quota(ledger, sweep.team_id, max_queued=1)
    paused = ledger.lifecycle.pause(ledger.sweeps.post(sweep.team_id, sweep.user_id, sweep.spec).id).id
    waiting = ledger.sweeps.post(sweep.team_id, sweep.user_id, sweep.spec).id
    with pytest.raises(QuotaUsedUp, match="1 sweep of your team wait"):
        ledger.lifecycle.resume(paused)
    assert ledger.sweeps.get(paused).state is SweepState.PAUSED
    ledger.lifecycle.stop(waiting)
    assert ledger.lifecycle.resume(paused).state is SweepState.QUEUED


def test_a_sweep_that_trains_gets_no_more_lanes_than_are_left(ledger: Ledger) -> None:
    mine = BookedSweep(ledger, lanes=1)
    owner = ledger.sweeps.get(mine.id)
    other = ledger.sweeps.post(owner.team_id, owner.user_id, owner.spec | {"lanes": 3})
    ledger.sweeps.start_attempt(other.id)
    set_quota(ledger, owner.team_id, max_lanes=4)
    for lanes in (2, "auto"):
        with pytest.raises(QuotaUsedUp, match=f"{lanes} is more .* by sweeps {other.id}; ask for at most 1"):
            ledger.lifecycle.resize(mine.id, lanes, "auto", devices=8)
    with pytest.raises(QuotaUsedUp, match="5 is above your team's quota of 4"):
        ledger.lifecycle.resize(mine.id, 5, "auto", devices=8)
    assert ledger.lifecycle.resize(mine.id, 1, "auto", devices=8).spec["lanes"] == 1
    ledger.lifecycle.resize(other.id, 2, "auto", devices=8)
    assert ledger.lifecycle.resize(mine.id, 2, "auto", devices=8).spec["lanes"] == 2


def test_claims_say_what_sweeps_ask_for(ledger: Ledger) -> None:
    auto, four = BookedSweep(ledger, "blue"), BookedSweep(ledger, "red", lanes=4)
    ledger.precedence.prioritise(four.id, -3)
    claims = ledger.shares.claims([SweepState.RUNNING])
    assert [(one.sweep, one.lanes, one.priority) for one in claims] == [(auto.id, None, 0), (four.id, 4, -3)]
    assert ledger.shares.claims([SweepState.QUEUED]) == []


def test_quotas_are_without_limit_until_an_operator_sets_them(ledger: Ledger) -> None:
    team = ledger.sweeps.get(BookedSweep(ledger).id).team_id
    assert ledger.shares.quotas()[team] == Quota()
    set_quota(ledger, team, weight=2.0, max_lanes=4, max_device_hours=1.5)
    assert ledger.shares.quotas()[team] == Quota(2.0, 4, None, 1.5)


def test_what_a_sweep_spent_before_is_shared_out_by_its_epochs(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    for number in range(4):
        sweep.trial(number)
    members = ledger.trials.members(sweep.id)
    team, total = ledger.sweeps.get(sweep.id).team_id, sum(member.device_seconds for member in members)
    assert total > 0
    assert ledger.shares.spent(0.0) == {team: pytest.approx(total)}
    now = time.time()
    with ledger._engine.begin() as connection:
        connection.execute(update(tables.sweeps).values(created_at=now - 100))
        connection.execute(update(tables.epochs).values(at=now - 50))
        connection.execute(update(tables.epochs).where(tables.epochs.c.epoch == 3).values(at=now))
    assert ledger.shares.spent(now - 10) == {team: pytest.approx(total / 3)}
    assert ledger.shares.spent(now - 60) == {team: pytest.approx(total)}


def test_a_sweep_that_gives_way_comes_back_by_itself_unless_a_person_pauses_it(ledger: Ledger) -> None:
    sweep, held = BookedSweep(ledger, "blue"), BookedSweep(ledger, "red")
    for one in (sweep, held):
        assert ledger.precedence.give_way(one.id, "for a higher priority")
        assert ledger.sweeps.get(one.id).reason == "for a higher priority"
    assert ledger.precedence.gave_way() == [], "they still train"
    ledger.lifecycle.pause(held.id)
    for one in (sweep, held):
        ledger.sweeps.move(one.id, SweepState.PAUSED)
    assert ledger.precedence.gave_way() == [sweep.id]
    for one in (sweep, held):
        ledger.precedence.queue_again(one.id)
    back = ledger.sweeps.get(sweep.id)
    assert (back.state, back.reason, back.preempted_at is None) == (SweepState.QUEUED, None, False)
    assert [one.gave_way for one in ledger.shares.claims([SweepState.QUEUED])] == [True]
    assert ledger.sweeps.get(held.id).state is SweepState.PAUSED
    assert not ledger.precedence.give_way(sweep.id, "it does not train")


def test_a_sweep_that_has_ended_has_no_priority(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    ledger.sweeps.end(sweep.id, SweepState.FAILED, "for the test")
    with pytest.raises(WrongState, match="is failed: it has no turn"):
        ledger.precedence.prioritise(sweep.id, 1)


def test_what_a_deleted_sweep_spent_is_not_given_back(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0)
    ledger.sweeps.end(sweep.id, SweepState.FAILED)
    before = ledger.shares.spent(0.0)
    ledger.shelf.remove(sweep.id)
    assert ledger.shares.spent(0.0) == before
    assert ledger.shares.spent(time.time() + 1.0) == {}


def test_lanes_that_changed_after_a_turn_was_found_pass_no_quota(ledger: Ledger) -> None:
    trains = BookedSweep(ledger)
    team = ledger.sweeps.get(trains.id)
    ledger.teams.change(team.team_id, {"max_lanes": 4})
    ledger.lifecycle.resize(trains.id, 2, "auto")
    waits = ledger.sweeps.post(team.team_id, team.user_id, team.spec | {"lanes": 2}).id
    ledger.lifecycle.resize(trains.id, 3, "auto")  # while the leader, for whom two were left, is about to start it
    with pytest.raises(QuotaUsedUp, match="which 3 are in use"):
        ledger.sweeps.start_attempt(waits, after=0)
    assert ledger.sweeps.state(waits) is SweepState.QUEUED
    ledger.lifecycle.resize(waits, 1, "auto")
    assert ledger.sweeps.start_attempt(waits, after=0) == 1
    ledger.teams.change(team.team_id, {"max_lanes": 2})
    assert ledger.sweeps.start_attempt(waits, after=1) == 2, "one that trains already keeps its place"
