"""What the API answers with: one class a subject, shared by the service and its client."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

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
    state: SweepState
    reason: str | None
    """Why it stands where it does, where there is more to say than its state."""
    priority: int
    """Sweeps of a higher one come first."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    device_seconds: float
    """Device time of all its networks together, in search and confirmation."""
    labels: list[str] = Field(examples=[["paper", "figure 3"]])
    note: str | None
    """What its team has written to it."""
    archived_at: datetime | None
    """Since when it is hidden from lists; null where it is not."""


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


class Extension(BaseModel):
    """How much larger a sweep becomes."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    trials: int = Field(ge=2, le=100_000, examples=[40])
    """The new total of trials for each arm, above the budget that it has."""


Count = Annotated[int, Field(ge=1, le=10_000)] | Literal["auto"]


class Size(BaseModel):
    """How many lanes a sweep has, and how many networks each trains at once."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    lanes: Count = Field(examples=[4])
    """Long-lived workers; auto: one a GPU, or one a CPU core."""
    trials_per_lane: Count = "auto"
    """Networks that one lane trains at once; auto: as many as measuring finds useful."""


class Rank(BaseModel):
    """Which sweeps come first."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    priority: int = Field(ge=-100, le=100, examples=[-10])
    """Sweeps of a higher one come first; 0 where nobody says otherwise."""


class Wish(BaseModel):
    """A configuration that a person wants tried."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", allow_inf_nan=False)

    arm: str = Field(examples=["danp"])
    """The arm that tries it, by its name."""
    configuration: dict[str, Value] = Field(
        examples=[{"learning_rate": 3e-3, "noise_scale": 1e-2}], min_length=1, max_length=100
    )
    """Values by path, each inside the arm's searched range; what is left out is suggested."""


Label = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")]
Labels = Annotated[list[Label], Field(max_length=20, examples=[["paper", "figure 3"]])]
Note = Annotated[str, Field(max_length=10_000, examples=["danp with the smaller network"])]


class Remarks(BaseModel):
    """What is to become other about a sweep; what is left out stays."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    labels: Labels = []
    """All labels that it has from now on."""
    note: Note | None = None
    """Null removes it."""
    archived: bool = False
    """Whether lists hide it. Nothing of it is deleted; only a sweep that has ended can be archived."""


class Clone(BaseModel):
    """How a new sweep differs from the one that it is made from."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid")

    changes: dict[str, Any] = Field(
        default={}, examples=[{"budget": {"trials": 40}, "search": {"space": {"noise_scale": {"low": 1e-4}}}}]
    )
    """A JSON merge patch (RFC 7396) of the specification: objects are merged, everything else is replaced, null removes
    what stands there."""
    labels: Labels = []
    """Of the new sweep."""
    note: Note | None = None
    """Of the new sweep."""


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


class ReconciliationRequest(BaseModel):
    """What is to be done with what is found."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    mend: bool = False
    """Whether MLflow and the storage are put right from the ledger; else they are only compared with it."""


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
