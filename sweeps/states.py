"""The states of sweeps and trials, and which may follow which."""

from enum import StrEnum


class SweepState(StrEnum):
    """Where a sweep stands: DESIGN.md §5."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
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
        return self in (SweepState.STARTING, SweepState.RUNNING, SweepState.CONFIRMING, SweepState.STOPPING)


FINAL = frozenset({SweepState.STOPPED, SweepState.COMPLETED, SweepState.FAILED})

FOLLOWS: dict[SweepState, frozenset[SweepState]] = {
    SweepState.QUEUED: frozenset({SweepState.STARTING, SweepState.STOPPED, SweepState.FAILED}),
    SweepState.STARTING: frozenset(
        {
            SweepState.STARTING,
            SweepState.RUNNING,
            SweepState.CONFIRMING,
            SweepState.STOPPING,
            SweepState.FAILED,
        }
    ),
    SweepState.RUNNING: frozenset(
        {
            SweepState.STARTING,
            SweepState.PAUSED,
            SweepState.CONFIRMING,
            SweepState.STOPPING,
            SweepState.FAILED,
        }
    ),
    SweepState.PAUSED: frozenset({SweepState.QUEUED, SweepState.STOPPED, SweepState.FAILED}),
    SweepState.CONFIRMING: frozenset(
        {SweepState.STARTING, SweepState.COMPLETED, SweepState.STOPPING, SweepState.FAILED}
    ),
    SweepState.STOPPING: frozenset({SweepState.STOPPED, SweepState.COMPLETED, SweepState.FAILED}),
    SweepState.STOPPED: frozenset(),
    SweepState.COMPLETED: frozenset(),
    SweepState.FAILED: frozenset(),
}
"""The moves that the ledger accepts. A new attempt moves starting, running and confirming sweeps back to starting;
a stop may come too late for a sweep that is complete."""


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
