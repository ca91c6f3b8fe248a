"""The states of sweeps and trials, and which may follow which."""

from enum import StrEnum


class SweepState(StrEnum):
    """Where a sweep stands: DESIGN.md §5."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CONFIRMING = "confirming"
    STOPPING = "stopping"
    STOPPED = "stopped"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def has_driver(self) -> bool:
        """Whether a driver should be alive for it."""
        return self in WITH_DRIVER


FINAL = frozenset({SweepState.STOPPED, SweepState.COMPLETED, SweepState.FAILED})
TRAINING = frozenset({SweepState.STARTING, SweepState.RUNNING, SweepState.CONFIRMING})
WITH_DRIVER = TRAINING | {SweepState.PAUSING, SweepState.STOPPING}

_ENDS_OF_DRIVER = frozenset({SweepState.PAUSING, SweepState.STOPPING, SweepState.FAILED})

FOLLOWS: dict[SweepState, frozenset[SweepState]] = {
    SweepState.QUEUED: frozenset({SweepState.STARTING, SweepState.PAUSED, SweepState.STOPPED, SweepState.FAILED}),
    SweepState.STARTING: TRAINING | _ENDS_OF_DRIVER,
    SweepState.RUNNING: frozenset({SweepState.STARTING, SweepState.CONFIRMING, SweepState.QUEUED}) | _ENDS_OF_DRIVER,
    SweepState.CONFIRMING: frozenset({SweepState.STARTING, SweepState.RUNNING, SweepState.QUEUED, SweepState.COMPLETED})
    | _ENDS_OF_DRIVER,
    SweepState.PAUSING: frozenset({SweepState.PAUSED, SweepState.STOPPING, SweepState.COMPLETED, SweepState.FAILED}),
    SweepState.PAUSED: frozenset({SweepState.QUEUED, SweepState.STOPPED, SweepState.FAILED}),
    SweepState.STOPPING: FINAL,
    SweepState.STOPPED: frozenset({SweepState.QUEUED}),
    SweepState.COMPLETED: frozenset({SweepState.QUEUED}),
    SweepState.FAILED: frozenset({SweepState.QUEUED}),
}
"""The moves that the ledger accepts. A new attempt moves starting, running and confirming sweeps back to starting;
a stop or a pause may come too late for a sweep that is complete; one that has ended is queued again by people alone."""


def before(state: SweepState) -> list[SweepState]:
    """The states that `state` may follow."""
    return [earlier for earlier, later in FOLLOWS.items() if state in later]


class TrialState(StrEnum):
    """Where a trial or one of its members stands."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    PRUNED = "pruned"
    DIVERGED = "diverged"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_final(self) -> bool:
        return self not in (TrialState.WAITING, TrialState.RUNNING)


ENDED = tuple(state for state in TrialState if state.is_final)
"""The states in which a trial or a member stays."""


class Origin(StrEnum):
    """Who chose a trial's configuration."""

    SAMPLER = "sampler"
    ENQUEUED = "enqueued"
    """A person; what they left out was chosen by the sampler."""
