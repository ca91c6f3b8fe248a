"""How an attempt is written down once nothing is left to train."""

import logging

from sweeps.ledger import Ledger
from sweeps.ledger.errors import NotComplete
from sweeps.outcome import Outcome
from sweeps.report import build_report
from sweeps.settings import SweepSettings
from sweeps.states import SweepState
from sweeps.storage import Storage

log = logging.getLogger(__name__)

FINAL_STATES = {
    Outcome.DONE: SweepState.COMPLETED,
    Outcome.STOPPED: SweepState.STOPPED,
    Outcome.ABORTED: SweepState.FAILED,
}


def finish(
    ledger: Ledger,
    settings: SweepSettings,
    sweep_id: int,
    attempt: int,
    outcome: Outcome | None,
    reason: str | None,
) -> None:
    """Writes how the sweep ended, with its report: what a stopped or failed one has measured is in it.

    A paused one keeps its checkpoints and goes on from them in a later attempt.

    Raises RuntimeError where nobody knows: the coordinator was lost after its last word.
    """
    log.info("sweep %d, attempt %d: %s", sweep_id, attempt, outcome)
    if outcome is None:
        raise RuntimeError("the coordinator does not know how the sweep ended; a new attempt finds out")
    if outcome is Outcome.FENCED_OUT:
        return
    if outcome is Outcome.PAUSED:
        if not ledger.sweeps.move(sweep_id, SweepState.PAUSED, attempt=attempt):
            ledger.sweeps.end(sweep_id, SweepState.STOPPED, reason, attempt)  # a stop came while it was paused
        return
    state = FINAL_STATES[outcome]
    report = build_report(ledger, sweep_id, state).model_dump(mode="json")
    try:
        ledger.sweeps.end(sweep_id, state, reason, attempt, report)
    except NotComplete as extended:
        log.info("%s: it was extended in its last moment, and goes on", extended)
        ledger.sweeps.move(sweep_id, SweepState.QUEUED, attempt=attempt)
        return
    Storage(settings.storage).remove_checkpoints(sweep_id)
