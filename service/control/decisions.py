"""What to do with a sweep that should have a driver: from its state, its heartbeat and its job to one action.

A driver writes a heartbeat every second. The job table is a hint: it forgets everything with the Ray head, and a job
shown as failed may still have a living driver. So nothing is done while heartbeats come, and how long silence is borne
depends on what the job table says. A new attempt fences out the old one, so being wrong costs time, never a trial.
"""

from dataclasses import dataclass
from enum import Enum, auto

from service.control.cluster import JobState
from sweeps.states import SweepState


class Action(Enum):
    """What the reconciler does next with a sweep."""

    WAIT = auto()
    REPLACE = auto()
    """Stop what is left of the attempt and start a new one."""
    GIVE_UP = auto()
    """The sweep has failed: attempt after attempt ended by itself before it measured anything."""
    END_STOP = auto()
    """Stop what is left of the attempt; the sweep is stopped."""
    END_PAUSE = auto()
    """Stop what is left of the attempt; the sweep is paused."""


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds, and how many fruitless attempts end a sweep; see ServiceSettings."""

    gone_after: float
    lost_after: float
    hung_after: float
    stop_after: float
    fruitless_attempts: int
    fruitless_conclusions: int


@dataclass(frozen=True)
class Situation:
    """What is known of a sweep now."""

    state: SweepState
    silence: float
    """Seconds since the last heartbeat, or since the attempt began."""
    since_stop: float | None
    """Seconds since its end was asked for; None where it was not."""
    job: JobState
    failed_attempts: int
    """Earlier attempts whose driver ended by itself, since an epoch was last measured."""
    is_trained: bool
    """Whether nothing is left to train: a sweep that only has to be concluded is worth more attempts."""


def decide(now: Situation, patience: Patience) -> Action:
    """The one action for this situation."""
    if not now.state.has_driver:
        return Action.WAIT
    if now.state is SweepState.STOPPING:
        return Action.END_STOP if _is_overdue(now, patience) else Action.WAIT
    if now.state is SweepState.PAUSING:
        return Action.END_PAUSE if _is_overdue(now, patience) else Action.WAIT
    if now.silence < _longest_silence(now, patience):
        return Action.WAIT
    return Action.GIVE_UP if _is_hopeless(now, patience) else Action.REPLACE


def _is_hopeless(now: Situation, patience: Patience) -> bool:
    """A driver that was lost with its Ray head, or stopped, says nothing against its sweep."""
    enough = patience.fruitless_conclusions if now.is_trained else patience.fruitless_attempts
    return now.job.ended_by_itself and now.failed_attempts + 1 >= enough


def _is_overdue(now: Situation, patience: Patience) -> bool:
    """Whether a driver that should end is gone, or has had its time. A pause has all the time that its lanes need."""
    gone = not now.job.is_alive and now.silence >= patience.gone_after
    waited = now.since_stop if now.since_stop is not None else now.silence
    return gone or now.silence >= patience.stop_after or waited >= patience.stop_after


def _longest_silence(now: Situation, patience: Patience) -> float:
    if now.job.is_alive:
        return patience.hung_after
    if now.job is JobState.ABSENT and now.state is not SweepState.STARTING:
        return patience.lost_after
    return patience.gone_after
