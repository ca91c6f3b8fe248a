"""Device seconds add up exactly: of networks to trials and arms, of arms to sweeps, of sweeps to teams."""

import random
from pathlib import Path

import pytest

from sweeps.device_time import booked
from sweeps.report import build_report
from tests.sweeps.booked import BookedSweep, open_ledger
from tests.sweeps.running import Desk


def test_booked_seconds_add_up_exactly_in_any_order() -> None:
    generator = random.Random(3)
    parts = [booked(generator.lognormvariate(-5, 4)) for _ in range(2_000)]
    total = sum(parts)
    for _ in range(20):
        generator.shuffle(parts)
        assert sum(parts) == total
        assert sum(sum(parts[start : start + 7]) for start in range(0, len(parts), 7)) == total
    assert booked(1.0) == 1.0
    assert booked(0.1) == pytest.approx(0.1, abs=1e-6)


def test_a_trials_an_arms_a_sweeps_and_a_teams_device_seconds_are_exactly_the_sums_of_their_networks(
    desk: Desk,
) -> None:
    for replicates in (1, 3):
        desk.run(desk.post(replicates=replicates), lanes=2, places=2)
    usage, totals = desk.ledger.usage, []
    for sweep_id in (1, 2):
        members = desk.ledger.trials.members(sweep_id)
        assert all(member.device_seconds > 0 for member in members)
        for trial in desk.ledger.trials.page(sweep_id):
            own = [m.device_seconds for m in members if (m.phase, m.trial) == ("search", trial.number)]
            assert trial.device_seconds == sum(own)
        arms = usage.by_arm(sweep_id)
        for arm in (0, 1):
            assert arms[arm] == sum(member.device_seconds for member in members if member.trial % 2 == arm)
        assert [arm.device_seconds for arm in build_report(desk.ledger, sweep_id).arms] == [arms[0], arms[1]]
        totals.append(usage.by_sweep([sweep_id])[sweep_id])
        assert totals[-1] == arms[0] + arms[1]
    team = usage.of_team(1, since=0.0)
    assert [sweep.device_seconds for sweep in team] == totals
    assert sum(sweep.device_seconds for sweep in team) == sum(
        member.device_seconds for sweep_id in (1, 2) for member in desk.ledger.trials.members(sweep_id)
    )


def test_a_team_is_told_of_its_own_sweeps_since_a_time_and_of_those_that_have_used_nothing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    mine, theirs = BookedSweep(ledger, team="mine"), BookedSweep(ledger, team="theirs")
    theirs.trial(0)
    mine.trial(0, seeds=(0, 1))
    posted = ledger.sweeps.get(mine.id)
    queued = ledger.sweeps.post(posted.team_id, posted.user_id, posted.spec)
    found = ledger.usage.of_team(posted.team_id, 0.0)
    assert [(one.sweep_id, one.user, one.networks, one.device_seconds) for one in found] == [
        (mine.id, "ada", 2, 4.0),
        (queued.id, "ada", 0, 0.0),
    ]
    assert [one.sweep_id for one in ledger.usage.of_team(posted.team_id, queued.created_at)] == [queued.id]
