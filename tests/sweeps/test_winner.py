"""The winner of an arm: the best completed trial, and never one that has no honest value."""

import math
from dataclasses import replace

from sweeps.ledger.records import TrialRecord
from sweeps.states import TrialState
from sweeps.winner import best_trial

TRIAL = TrialRecord(
    sweep_id=1,
    number=0,
    arm=0,
    arm_number=0,
    state=TrialState.COMPLETED,
    configuration={},
    value=0.5,
    spread=None,
    epoch=1,
    reason=None,
    attempt=1,
    created_at=0.0,
    started_at=0.0,
    finished_at=1.0,
    device_seconds=1.0,
    tracking_id=None,
)


def trials(*values: float | None) -> list[TrialRecord]:
    return [replace(TRIAL, number=number, value=value) for number, value in enumerate(values)]


def winner(found: TrialRecord | None) -> int | None:
    return None if found is None else found.number


def test_the_best_value_wins_in_the_metrics_direction() -> None:
    assert winner(best_trial(trials(0.2, 0.9, 0.5), maximise=True)) == 1
    assert winner(best_trial(trials(0.2, 0.9, 0.1), maximise=False)) == 2


def test_a_tie_goes_to_the_lower_number_in_any_order() -> None:
    assert winner(best_trial(reversed(trials(0.2, 0.9, 0.9)), maximise=True)) == 1
    assert winner(best_trial(reversed(trials(0.9, 0.2, 0.2)), maximise=False)) == 1


def test_no_number_that_is_not_finite_wins() -> None:
    assert winner(best_trial(trials(math.nan, 0.1, math.inf, None), maximise=True)) == 1
    assert winner(best_trial(trials(math.nan, 0.1, -math.inf, None), maximise=False)) == 1
    assert best_trial(trials(math.nan, None), maximise=True) is None


def test_only_a_completed_trial_wins() -> None:
    for state in set(TrialState) - {TrialState.COMPLETED}:
        assert best_trial([replace(TRIAL, state=state, value=1.0)], maximise=True) is None
    assert best_trial([], maximise=True) is None
