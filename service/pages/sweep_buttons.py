"""Which of a sweep's buttons apply as it stands. Only decides which can be pressed: what they do is checked again."""

from sweeps.ledger.records import SweepRecord
from sweeps.states import FINAL, TRAINING, SweepState

RESUMED = (SweepState.PAUSED, SweepState.STOPPED, SweepState.FAILED)
LEAVING = (SweepState.PAUSING, SweepState.STOPPING)

WhyNot = dict[str, str]
"""By button, why it does not apply; those that apply are left out."""


def why_not(sweep: SweepRecord, failed: int) -> WhyNot:
    """`failed`: its failed trials and networks."""
    state, has_ended = sweep.state, sweep.state in FINAL
    is_fit = {
        "stop": not has_ended and state is not SweepState.STOPPING,
        "pause": state is SweepState.QUEUED or state in TRAINING,
        "resume": state in RESUMED,
        "extend": state is not SweepState.STOPPING,
        "lanes": state not in LEAVING,
        "priority": not has_ended,
        "archive": has_ended and sweep.archived_at is None,
        "delete": has_ended,
        "restore": sweep.archived_at is not None,
    }
    found = {name: f"It is {state}" for name, fits in is_fit.items() if not fits}
    if not failed:
        found["retry"] = "No trial has failed"
    elif state is not SweepState.PAUSED and not has_ended:
        found["retry"] = f"It is {state}: pause it, or let it end"
    return found
