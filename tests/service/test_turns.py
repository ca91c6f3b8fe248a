"""Who starts, who waits and why: priorities, quotas, fair shares, giving way."""

from hypothesis import given
from hypothesis import strategies as st

from service.control.turns import Claim, Share, whose_turn

BLUE, RED = 1, 2


def test_the_oldest_of_equals_starts_and_the_others_hear_their_position() -> None:
    turns = whose_turn([Claim(3, BLUE, 1), Claim(1, BLUE, 1), Claim(2, BLUE, 1)], [], {}, places=1)
    assert turns.start == [1]
    assert turns.why_pending == {
        2: "as many sweeps train as the service runs at once (1): sweep 1; position 1 in the queue",
        3: "as many sweeps train as the service runs at once (1): sweep 1; position 2 in the queue",
    }


def test_a_higher_priority_comes_first() -> None:
    assert whose_turn([Claim(1, BLUE, 1), Claim(2, RED, 1, priority=5)], [], {}, places=1).start == [2]


def test_the_team_with_less_of_the_cluster_comes_first() -> None:
    waiting, training = [Claim(2, BLUE, 1), Claim(3, RED, 1)], [Claim(1, BLUE, 4)]
    assert whose_turn(waiting, training, {}, places=2).start == [3]


def test_a_team_of_three_times_the_weight_gets_three_times_the_lanes() -> None:
    waiting = [Claim(number, BLUE, 1) for number in range(10)] + [Claim(number, RED, 1) for number in range(10, 20)]
    started = whose_turn(waiting, [], {BLUE: Share(weight=3.0)}, places=8).start
    assert sum(number < 10 for number in started) == 6


def test_where_nobody_trains_the_team_that_had_less_lately_comes_first() -> None:
    shares = {BLUE: Share(recent_seconds=100.0), RED: Share(recent_seconds=10.0)}
    assert whose_turn([Claim(1, BLUE, 1), Claim(2, RED, 1)], [], shares, places=1).start == [2]


def test_a_full_quota_names_the_sweeps_that_fill_it_and_lets_others_pass() -> None:
    waiting, training = [Claim(20, BLUE, 2), Claim(21, RED, 2)], [Claim(15, BLUE, 2), Claim(12, BLUE, 2)]
    turns = whose_turn(waiting, training, {BLUE: Share(max_lanes=4)}, places=10)
    assert turns.start == [21]
    assert turns.why_pending == {20: "its team's quota of 4 lanes is in use by sweeps 12, 15; position 1 in the queue"}


def test_a_sweep_that_can_never_fit_its_quota_says_so() -> None:
    turns = whose_turn([Claim(1, BLUE, 8)], [], {BLUE: Share(max_lanes=4)}, places=1)
    assert "asks for 8 lanes, above its team's quota of 4" in turns.why_pending[1]


def test_a_team_without_hours_waits_and_what_it_trains_pauses() -> None:
    shares = {BLUE: Share(max_device_hours=10.0, hours_this_month=10.25)}
    turns = whose_turn([Claim(2, BLUE, 1)], [Claim(1, BLUE, 1), Claim(3, RED, 1)], shares, places=5)
    assert turns.start == []
    assert list(turns.give_way) == [1]
    assert "has used 10.2 of the 10 device hours" in turns.why_pending[2]


def test_a_full_service_names_the_teams_own_sweeps_and_counts_those_of_others() -> None:
    training = [Claim(1, BLUE, 1), Claim(2, RED, 1), Claim(3, RED, 1)]
    waiting = [Claim(7, BLUE, 1), Claim(8, RED, 1, gave_way=True), Claim(9, 3, 1)]
    crowd = "as many sweeps train as the service runs at once (3)"
    gave_way = "it gave way and goes on by itself"
    assert whose_turn(waiting, training, {}, places=3).why_pending == {
        9: f"{crowd}: 3 sweeps of other teams; position 1 in the queue",
        7: f"{crowd}: sweep 1 and 2 sweeps of other teams; position 2 in the queue",
        8: f"{gave_way}; {crowd}: sweeps 2, 3 and 1 sweep of other teams; position 3 in the queue",
    }


def test_little_use_is_not_rounded_away() -> None:
    shares = {BLUE: Share(max_device_hours=0.01, hours_this_month=0.0124)}
    assert "has used 0.0124 of the 0.01 device hours" in whose_turn([Claim(2, BLUE, 1)], [], shares, 1).why_pending[2]


def test_the_newest_of_the_lowest_priority_gives_way_and_only_to_a_higher_one() -> None:
    training = [Claim(1, BLUE, 1, priority=-1), Claim(2, BLUE, 1, priority=-1), Claim(3, BLUE, 1)]
    assert list(whose_turn([Claim(9, RED, 1)], training, {}, 3, with_preemption=True).give_way) == [2]
    assert not whose_turn([Claim(9, RED, 1)], training, {}, 3, with_preemption=False).give_way
    assert not whose_turn([Claim(9, RED, 1, priority=-1)], training, {}, 3, with_preemption=True).give_way


def test_nobody_else_gives_way_while_a_place_is_being_left() -> None:
    training = [Claim(1, BLUE, 1, priority=-1), Claim(2, BLUE, 1, priority=-1, is_leaving=True)]
    assert not whose_turn([Claim(9, RED, 1)], training, {}, 2, with_preemption=True).give_way


CLAIMS = st.lists(
    st.builds(Claim, st.integers(0, 1000), st.integers(1, 4), st.integers(1, 6), st.integers(-3, 3)),
    max_size=12,
    unique_by=lambda claim: claim.sweep,
)
SHARES = st.dictionaries(
    st.integers(1, 4), st.builds(Share, st.floats(0.1, 10.0), st.none() | st.integers(1, 8)), max_size=4
)


@given(CLAIMS, SHARES, st.integers(1, 6), st.booleans())
def test_quotas_and_places_hold_and_everyone_is_answered(
    claims: list[Claim], shares: dict[int, Share], places: int, with_preemption: bool
) -> None:
    turns = whose_turn(claims, [], shares, places, with_preemption)
    assert {*turns.start, *turns.why_pending} == {claim.sweep for claim in claims}
    assert len(turns.start) <= places
    for team, share in shares.items():
        lanes = sum(claim.lanes for claim in claims if claim.team == team and claim.sweep in turns.start)
        assert share.max_lanes is None or lanes <= share.max_lanes
