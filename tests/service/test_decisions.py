"""What is done with a sweep in every situation: pure decisions, no clock and no cluster."""

from dataclasses import replace

import pytest

from service.control.cluster import JobState
from service.control.decisions import Action, Patience, Situation, decide
from sweeps.states import SweepState

PATIENCE = Patience(
    gone_after=6, lost_after=15, hung_after=120, stop_after=10, fruitless_attempts=3, fruitless_conclusions=10
)
RUNNING = Situation(
    SweepState.RUNNING, silence=0, since_stop=None, job=JobState.RUNNING, failed_attempts=0, is_trained=False
)
STOPPING = replace(RUNNING, state=SweepState.STOPPING, since_stop=1)
DRIVEN = [SweepState.STARTING, SweepState.RUNNING, SweepState.CONFIRMING]
ENDED = [JobState.STOPPED, JobState.SUCCEEDED, JobState.FAILED]


@pytest.mark.parametrize("state", [state for state in SweepState if not state.has_driver])
@pytest.mark.parametrize("job", list(JobState))
def test_a_sweep_without_a_driver_is_left_alone(state: SweepState, job: JobState) -> None:
    assert decide(Situation(state, 1e9, None, job, 9, is_trained=False), PATIENCE) is Action.WAIT


@pytest.mark.parametrize("state", DRIVEN)
@pytest.mark.parametrize("job", list(JobState))
def test_a_beating_driver_is_left_alone_whatever_the_job_table_says(state: SweepState, job: JobState) -> None:
    assert decide(replace(RUNNING, state=state, job=job, silence=5), PATIENCE) is Action.WAIT


@pytest.mark.parametrize("state", DRIVEN)
@pytest.mark.parametrize("job", ENDED)
def test_a_silent_driver_whose_job_has_ended_is_replaced_soon(state: SweepState, job: JobState) -> None:
    assert decide(replace(RUNNING, state=state, job=job, silence=6), PATIENCE) is Action.REPLACE


def test_a_job_that_the_cluster_forgot_is_given_longer_since_its_driver_may_live() -> None:
    forgotten = replace(RUNNING, job=JobState.ABSENT)
    assert decide(replace(forgotten, silence=14), PATIENCE) is Action.WAIT
    assert decide(replace(forgotten, silence=15), PATIENCE) is Action.REPLACE


def test_a_job_that_never_came_to_be_is_replaced_soon() -> None:
    lost = replace(RUNNING, state=SweepState.STARTING, job=JobState.ABSENT, silence=6)
    assert decide(lost, PATIENCE) is Action.REPLACE


@pytest.mark.parametrize("state", DRIVEN)
@pytest.mark.parametrize("job", [JobState.PENDING, JobState.RUNNING])
def test_a_slow_start_is_borne_but_not_for_ever(state: SweepState, job: JobState) -> None:
    slow = replace(RUNNING, state=state, job=job)
    assert decide(replace(slow, silence=119), PATIENCE) is Action.WAIT
    assert decide(replace(slow, silence=120), PATIENCE) is Action.REPLACE


@pytest.mark.parametrize(("earlier", "action"), [(0, Action.REPLACE), (1, Action.REPLACE), (2, Action.GIVE_UP)])
@pytest.mark.parametrize("job", [JobState.FAILED, JobState.SUCCEEDED])
def test_attempts_that_fail_before_they_measure_come_to_an_end(job: JobState, earlier: int, action: Action) -> None:
    assert decide(replace(RUNNING, job=job, silence=20, failed_attempts=earlier), PATIENCE) is action


@pytest.mark.parametrize("job", [JobState.ABSENT, JobState.STOPPED, JobState.PENDING, JobState.RUNNING])
def test_a_driver_that_did_not_end_by_itself_is_no_reason_to_give_up(job: JobState) -> None:
    assert decide(replace(RUNNING, job=job, silence=1_000, failed_attempts=99), PATIENCE) is Action.REPLACE


@pytest.mark.parametrize(("earlier", "action"), [(2, Action.REPLACE), (8, Action.REPLACE), (9, Action.GIVE_UP)])
def test_a_sweep_with_nothing_left_to_train_is_given_more_attempts_but_not_any_number(
    earlier: int, action: Action
) -> None:
    failed = replace(RUNNING, job=JobState.FAILED, silence=20, failed_attempts=earlier)
    assert decide(replace(failed, is_trained=True), PATIENCE) is action


def test_a_living_driver_is_never_given_up() -> None:
    assert decide(replace(RUNNING, failed_attempts=99), PATIENCE) is Action.WAIT


def test_a_stopping_driver_has_its_time() -> None:
    assert decide(STOPPING, PATIENCE) is Action.WAIT
    assert decide(replace(STOPPING, since_stop=9), PATIENCE) is Action.WAIT


@pytest.mark.parametrize(
    "situation",
    [
        replace(STOPPING, since_stop=10),
        replace(STOPPING, silence=10),
        replace(STOPPING, silence=6, job=JobState.FAILED),
        replace(STOPPING, silence=6, job=JobState.ABSENT),
        replace(STOPPING, silence=10, since_stop=None),
    ],
)
def test_a_stop_is_carried_out_without_a_driver_that_does_not_do_it(situation: Situation) -> None:
    assert decide(situation, PATIENCE) is Action.END_STOP


def test_a_stopping_sweep_is_never_started_again() -> None:
    for job in JobState:
        for silence in (0, 7, 11, 1_000):
            action = decide(replace(STOPPING, job=job, silence=silence, failed_attempts=9), PATIENCE)
            assert action in (Action.WAIT, Action.END_STOP)


PAUSING = replace(STOPPING, state=SweepState.PAUSING, since_stop=None)


def test_a_pause_has_the_time_that_its_lanes_need_while_the_driver_lives() -> None:
    assert decide(replace(PAUSING, silence=9), PATIENCE) is Action.WAIT


@pytest.mark.parametrize(
    "situation", [replace(PAUSING, silence=6, job=JobState.ABSENT), replace(PAUSING, silence=10)], ids=["gone", "hung"]
)
def test_a_pause_is_carried_out_without_a_driver_that_does_not_do_it(situation: Situation) -> None:
    assert decide(situation, PATIENCE) is Action.END_PAUSE
