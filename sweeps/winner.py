"""Which trial of an arm is the best: one definition for the confirmation, the report and the tracker."""

import math
from collections.abc import Iterable

from sweeps.ledger.records import TrialRecord
from sweeps.states import TrialState


def best_trial(trials: Iterable[TrialRecord], maximise: bool) -> TrialRecord | None:
    """The completed trial with the best finite value, ties to the lower number; None where there is none.

    Pruned, diverged, failed and stopped trials never win, whatever they last measured.
    """
    sign = -1.0 if maximise else 1.0
    candidates = [
        (sign * trial.value, trial.number, trial) for trial in trials if _counts(trial) and trial.value is not None
    ]
    return min(candidates, key=lambda candidate: candidate[:2])[2] if candidates else None


def _counts(trial: TrialRecord) -> bool:
    return trial.state is TrialState.COMPLETED and trial.value is not None and math.isfinite(trial.value)
