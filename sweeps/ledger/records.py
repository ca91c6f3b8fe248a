"""What the ledger hands out: plain values, one class a table."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sweeps.roles import Role, Scope
from sweeps.space import Value
from sweeps.states import Origin, SweepState, TrialState

Phase = Literal["search", "confirmation"]
PHASES: tuple[Phase, ...] = get_args(Phase)
"""Named in a query, they let the index of networks lead to a trial's own."""
Metrics = dict[str, float | None]
"""Metrics by name; None where a number was not finite."""


@dataclass(frozen=True)
class SweepHeader:
    """One sweep as the ledger knows it, without what makes it large. Times are seconds since 1970."""

    id: int
    team_id: int
    user_id: int
    name: str
    state: SweepState
    reason: str | None
    attempt: int
    heartbeat_at: float | None
    stop_requested_at: float | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    tracking_id: str | None
    priority: int = 0
    preempted_at: float | None = None
    """When it was told to give way to others; it goes on by itself, and None again once it does."""
    labels: list[str] | None = None
    note: str | None = None
    archived_at: float | None = None
    """Since when it is hidden from lists."""
    version: int = 0
    """Counts what people have changed and how often its state has moved."""
    run_seconds: float = 0.0
    """How long it ran before `running_since`: without queue, pauses, and the time after an end."""
    running_since: float | None = None
    """None where it does not run."""


@dataclass(frozen=True)
class SweepRecord(SweepHeader):
    """The sweep with its specification."""

    spec: dict[str, Any] = field(kw_only=True)


@dataclass(frozen=True)
class TrialRecord:
    """One trial; `number` counts in the sweep, `arm_number` in its arm.

    `heard` and `told` order suggestions and outcomes in the arm, so that each can be made again: `heard` is the count
    of outcomes that the sampler knew when it chose the trial, `told` the place of its own outcome among them (from 1).
    """

    sweep_id: int
    number: int
    arm: int
    arm_number: int
    state: TrialState
    configuration: dict[str, Value]
    value: float | None
    spread: float | None
    epoch: int
    reason: str | None
    attempt: int
    created_at: float
    started_at: float | None
    finished_at: float | None
    device_seconds: float
    tracking_id: str | None
    origin: Origin = Origin.SAMPLER
    heard: int = 0
    told: int | None = None
    objectives: dict[str, float] | None = None
    """By name, for a completed trial of a sweep with several; the first is `value`."""


@dataclass(frozen=True)
class InheritedTrial:
    """A trial of an earlier sweep with which an arm's sampler began; `number` counts in the arm.

    A copy: what becomes of the earlier sweep changes nothing.
    """

    arm: int
    number: int
    source_sweep: int
    source_trial: int
    configuration: dict[str, Value]
    """In the paths that this arm searches."""
    state: TrialState
    """Completed or pruned."""
    value: float
    epoch: int


@dataclass(frozen=True)
class MemberRecord:
    """One network: a trial's seed, in the search or in the confirmation."""

    sweep_id: int
    phase: Phase
    trial: int
    seed: int
    state: TrialState
    epoch: int
    metrics: Metrics | None
    failures: int
    reason: str | None
    device_seconds: float


@dataclass(frozen=True)
class StintRecord:
    """A time that one network spent in one lane without a break."""

    sweep_id: int
    phase: Phase
    trial: int
    seed: int
    lane: int
    """Its number; those of one attempt are different processes from another's."""
    attempt: int
    since: float
    until: float | None
    """None while it goes on."""


@dataclass(frozen=True)
class EpochRecord:
    """What one member measured after one epoch."""

    id: int
    phase: Phase
    trial: int
    seed: int
    epoch: int
    at: float
    metrics: Metrics


@dataclass(frozen=True)
class EventRecord:
    """One thing that happened to a sweep, in order of `id`."""

    id: int
    sweep_id: int
    at: float
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class ArmProgress:
    """How far one arm's search is."""

    arm: int
    counts: dict[TrialState, int]
    best_value: float | None
    best_trial: int | None


@dataclass(frozen=True)
class SweepClaim:
    """What a sweep asks of the cluster."""

    sweep: int
    team: int
    state: SweepState
    priority: int
    lanes: int | None
    """None: as many as are useful."""
    gave_way: bool
    """Whether it waits for its turn to come again."""


@dataclass(frozen=True)
class Quota:
    """What a team may have; None is no limit."""

    weight: float = 1.0
    """Its share beside other teams'."""
    max_lanes: int | None = None
    """Of its sweeps that train, together."""
    max_queued: int | None = None
    """Sweeps that wait."""
    max_device_hours: float | None = None
    """In a calendar month (UTC)."""


@dataclass(frozen=True)
class Removal:
    """A sweep that was deleted, whose files and runs have still to go."""

    sweep_id: int
    created_at: float
    """When the sweep was posted: with its id, the name of its runs for ever."""
    experiment: str
    """Where the tracker has its runs."""
    keep_runs: bool


@dataclass(frozen=True)
class Caller:
    """Who a token belongs to, and what it lets them do."""

    team_id: int
    team: str
    user_id: int
    user: str
    role: Role
    """The user's, as far as the token's scope lets it through."""
    is_operator: bool
    """Whether the caller looks after the service for all teams."""
    token_id: int
    scope: Scope
    """The token's."""
    last_used_at: float | None = None
    """When the token was last used before, to the minute."""
