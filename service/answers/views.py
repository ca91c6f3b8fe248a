"""What the API answers with: one class a subject, shared by the service and its client."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sweeps.difference import Difference
from sweeps.planning.models import Plan
from sweeps.space import Value
from sweeps.states import Origin, SweepState, TrialState

Item = TypeVar("Item")
Metrics = dict[str, float | None]


class View(BaseModel):
    """The base of all answers; a number that was not finite is null."""

    model_config = ConfigDict(use_attribute_docstrings=True, ser_json_inf_nan="null", frozen=True)


class Page(View, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = None
    """Cursor of the next page, to be sent as `cursor`; null on the last page."""


class Links(View):
    """Where to go on from a sweep."""

    self: str
    trials: str
    report: str
    events: str
    stop: str
    docs: str
    """The web API documentation."""
    tracking: str | None
    """The sweep's run in MLflow; null until it has one."""


class SweepSummary(View):
    """A sweep in a list."""

    id: int = Field(examples=[12])
    name: str = Field(examples=["fashion first look"])
    user: str = Field(examples=["ada"])
    """Who posted it."""
    state: SweepState
    reason: str | None
    """Why it stands where it does, where there is more to say than its state."""
    priority: int
    """Sweeps of a higher one come first."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    run_seconds: float
    """How long it ran before `running_since`: without the queue, pauses, and waits after an end."""
    running_since: datetime | None
    """Null where it does not run."""
    device_seconds: float
    """Device time of all its networks together, in search and confirmation."""
    labels: list[str] = Field(examples=[["paper", "figure 3"]])
    note: str | None
    """What its team has written to it."""
    archived_at: datetime | None
    """Since when it is hidden from lists; null where it is not."""
    version: int
    """Counts what people have changed and how often its state has moved; its `ETag` begins with it."""


class ArmView(View):
    """How far one arm's search is. waiting + running + completed + pruned + diverged + failed + stopped = budget."""

    name: str = Field(examples=["danp"])
    budget: int
    """Trials that this arm may spend."""
    done: int
    """Trials with an outcome: completed, pruned, diverged, failed or stopped."""
    waiting: int
    """Trials that have not begun, suggested or not."""
    running: int
    completed: int
    pruned: int
    diverged: int
    failed: int
    stopped: int
    enqueued: int
    """Configurations by hand that wait to be tried; after the whole budget was suggested, until it is extended."""
    inherited: int
    """Trials of earlier sweeps that its sampler began with, beside the budget."""
    best_value: float | None
    """The best validation value of a completed trial."""
    best_trial: int | None
    """The number of the trial that has it."""
    device_seconds: float
    """Device time of all its networks together, in search and confirmation."""
    trials_per_second: float | None
    """Trials that got an outcome a second, over the last minute."""
    seconds_left: float | None
    """Estimate until this arm's search is over; null where it cannot be told yet."""


class ConfirmationView(View):
    """How far the confirmation is."""

    networks: int
    """Networks that it trains: confirmation seeds × arms with a winner."""
    done: int


class SweepView(SweepSummary):
    """A sweep with its progress and its specification."""

    why_pending: str | None = Field(
        examples=["its team's quota of 4 lanes is in use by sweeps 12, 15; position 2 in the queue"]
    )
    """Why a queued sweep does not train yet; null where its turn has come, and in other states."""

    attempt: int
    """Which execution of its driver this is; above 1 where it was interrupted and went on."""
    stop_requested_at: datetime | None
    metric: str = Field(examples=["validation_accuracy"])
    """What the search improves."""
    direction: Literal["maximise", "minimise"]
    arms: list[ArmView]
    confirmation: ConfirmationView
    trials_per_second: float | None
    seconds_left: float | None
    """Estimate until the search is over; the confirmation follows."""
    is_tracked: bool
    """Whether the sweep has ended and MLflow has heard everything of it."""
    links: Links
    spec: dict[str, Any]
    """The resolved specification."""


class ValidatedView(View):
    """A specification that can run, and what it will do."""

    spec: dict[str, Any]
    """Resolved: posting it runs exactly what was checked."""
    plan: Plan


class LogEntryView(View):
    """What one process of a sweep said at one time."""

    at: datetime | None
    """Null for a rest whose beginning was read before."""
    attempt: int
    source: str = Field(examples=["driver", "coordinator", "lane-0"])
    text: str
    """In one line or, with a traceback, several; secrets are blanked."""


class LogPage(View):
    """A part of a sweep's logs, in the order of what was said."""

    items: list[LogEntryView]
    next: str | None
    """Cursor of the next page; null where that is all there is now."""
    position: str
    """Cursor of what will be said later."""


class Event(View):
    """One thing that happened to a sweep, as an event stream tells it."""

    id: int
    kind: str = Field(examples=["trial.finished"])
    sweep: int
    at: datetime
    data: dict[str, Any]
    """What else is told of it."""


class UserUsage(View):
    """What one user's sweeps have used."""

    user: str
    sweeps: int
    networks: int
    """Networks that were trained for at least one epoch."""
    device_seconds: float


class UsageView(View):
    """What a team's sweeps have used; the totals are the sums over its users."""

    team: str
    since: datetime | None
    """Only sweeps posted since then are counted; null counts all."""
    sweeps: int
    networks: int
    device_seconds: float
    users: list[UserUsage]
    """By name."""


class ReconciliationView(View):
    """What a comparison of ledger, MLflow and storage has found."""

    number: int
    """Its id in the sweep."""
    sweep: int
    mend: bool
    state: Literal["waiting", "done", "failed"]
    """Waiting for the tracker; done; or failed, for the reason in `problem`."""
    asked_at: datetime
    ended_at: datetime | None
    problem: str | None
    """Why nothing could be compared."""
    total: int
    """How many differences there were."""
    left: int
    """How many of the listed ones are there still: with `mend` only what nothing holds any more."""
    differences: list[Difference]
    """The first 500 of them."""


class TrialSummary(View):
    """A trial in a list."""

    number: int
    """Counts in the sweep, from 0."""
    arm: str
    arm_number: int
    """Counts in its arm, from 0."""
    state: TrialState
    configuration: dict[str, Value]
    """The searched values, by path."""
    value: float | None
    """The mean over its networks of the validation metric, after the last epoch that all of them trained."""
    spread: float | None
    """Their standard deviation; null for one network."""
    epoch: int
    """Epochs measured."""
    reason: str | None
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    device_seconds: float
    """Device time of its networks in the search, a lane's time shared among its networks."""
    tracking: str | None
    """The trial's run in MLflow; null until it has one."""
    origin: Origin
    """Who chose its configuration."""
    heard: int
    """Outcomes of its arm that the sampler knew when it chose the configuration."""
    told: int | None
    """The place of its own outcome among them, from 1; null while it has none."""
    objectives: dict[str, float] | None
    """By name, of a completed trial where the search has several; the first is `value`."""


class InheritedView(View):
    """A trial of an earlier sweep with which an arm's sampler began."""

    arm: str
    number: int
    """Counts in the arm, from 0."""
    source_sweep: int
    source_trial: int
    configuration: dict[str, Value]
    """Its values in the paths that this arm searches."""
    state: TrialState
    value: float
    epoch: int


class EpochView(View):
    """What one network measured after one epoch."""

    epoch: int
    at: datetime
    metrics: Metrics


class StintView(View):
    """A time that a network spent in one lane without a break."""

    lane: str = Field(examples=["lane-0"])
    """As the `source` of logs names it; of another attempt it is another process."""
    attempt: int
    since: datetime
    until: datetime | None
    """Null while it goes on."""


class LaneView(View):
    """One lane of one attempt, and what it has had in training."""

    lane: str = Field(examples=["lane-0"])
    """As the `source` of logs names it."""
    attempt: int
    since: datetime
    """When it was handed its first network."""
    until: datetime
    """When it was handed or let go of one, the last time."""
    networks: int
    """That it was handed, each counted as often as it came."""
    training: int
    """That it has now."""


class MemberView(View):
    """One network of a trial."""

    phase: Literal["search", "confirmation"]
    seed: int
    state: TrialState
    epoch: int
    failures: int
    """Exceptions that its lane raised while training it, since its last measured epoch; a lost process is none."""
    reason: str | None
    metrics: Metrics | None
    """Its final measurements."""
    device_seconds: float
    stints: list[StintView]
    """Where it was trained, oldest first; empty before it has begun, and of what an earlier npsweep has trained."""
    epochs: list[EpochView]


class TrialView(TrialSummary):
    """A trial with its networks and their metrics by epoch."""

    members: list[MemberView]


class Named(View):
    """A rule, data set, network or other part that a specification can name."""

    name: str
    summary: str
    options: dict[str, Any]
    """Its options with their JSON schemas."""


class RuleView(Named):
    """A learning rule."""

    searchable: list[str]
    """Hyperparameters that it reads, beside decorrelation_rate where an arm decorrelates."""


class Health(View):
    status: Literal["ok"] = "ok"


class Part(View):
    """Whether one part that the service needs is there."""

    name: str
    ready: bool
    reason: str | None = None
    """Why not, and what to do."""


class Readiness(View):
    ready: bool
    parts: list[Part]
