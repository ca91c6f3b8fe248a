"""What a report says, as values. Every number is finite or null; figures are kept whole, rendering rounds them."""

from typing import Any

from pydantic import Field

from sweeps.frozen import Frozen
from sweeps.report.statistics import Comparison, Summary
from sweeps.space import Value
from sweeps.states import SweepState, TrialState


class SeedResult(Frozen):
    """One network of the confirmation."""

    seed: int
    """The seed it was trained with."""
    state: TrialState
    """How its training ended."""
    validation: float | None
    """The sweep's metric at the end; null where it was not measured or not finite."""
    test: float | None
    """The test metric, measured once at the end; null where it was not measured or not finite."""


class FrontTrial(Frozen):
    """A trial of an arm that none of the arm's others is better than in every objective."""

    trial: int
    """Its number."""
    objectives: dict[str, float]
    """Its values, by name."""
    configuration: dict[str, Value]
    """Its configuration, by path."""
    among_all: bool
    """Whether no trial of any arm is better than it in every objective."""


class ArmReport(Frozen):
    """One row of the table."""

    arm: int
    """The arm's place in the specification's `compare`."""
    label: str
    """What the table calls it."""
    rule: str
    """The name of its learning rule."""
    decorrelation: bool
    """Whether it decorrelates."""
    trials: dict[TrialState, int]
    """Its trials by state; states without a trial are left out."""
    best_trial: int | None
    """The number of its best trial, chosen by the validation metric alone; null where none completed."""
    best_configuration: dict[str, Value] | None
    """The values of the best trial, by path."""
    validation: float | None
    """The best trial's value: the mean of the metric over its replicates."""
    spread: float | None
    """The standard deviation of the metric over those replicates; null for one."""
    test: Summary | None
    """The test metric over the confirmation seeds that gave a finite number; null where none did."""
    seeds: tuple[SeedResult, ...]
    """Every network of its confirmation."""
    networks_trained: int
    """Networks that were trained for at least one epoch, in search and confirmation."""
    epochs_trained: int
    """Epochs of all its networks together."""
    device_seconds: float
    """Device time of all its networks together."""
    front: tuple[FrontTrial, ...] = ()
    """Its Pareto front where the sweep has several objectives, the best in the first of them first."""


class Difference(Frozen):
    """How far two arms are apart on the test split, each pair looked at by itself."""

    first: str
    """The arm with the larger mean."""
    second: str
    """The arm with the smaller mean."""
    comparison: Comparison
    """Welch's test, first minus second."""


class Provenance(Frozen):
    """What the figures were made with."""

    python: str
    """Version of the interpreter."""
    packages: dict[str, str]
    """Versions of npsweep and of the libraries that compute, place and search."""
    commit: str | None
    """The commit of npsweep's sources, `-dirty` where they were changed; null where it is not known."""


class Report(Frozen):
    """The result of one sweep, or of as much of it as there is."""

    sweep_id: int
    """The sweep's id."""
    name: str
    """The sweep's name."""
    state: SweepState
    """Where the sweep stood."""
    finished: bool
    """Whether the whole budget and the confirmation are in it. Figures of an unfinished sweep are provisional."""
    reason: str | None
    """Why the sweep stopped or failed, where it did."""
    metric: str
    """The validation metric that chose the best trials."""
    test_metric: str
    """The metric measured on the test split, by the confirmation alone."""
    maximise: bool
    """Whether more of both metrics is better."""
    objectives: tuple[str, ...] = ()
    """What the search improved where it had several objectives, `metric` first."""
    data: dict[str, Any]
    """The data set."""
    network: dict[str, Any]
    """The network that every arm trains, before its searched values are put in place."""
    training: dict[str, Any]
    """How every network was trained."""
    budget: int
    """Trials of each arm."""
    search_seeds: list[int]
    """The seeds of each trial's replicates."""
    confirmation_seeds: list[int]
    """The fresh seeds of each arm's confirmation."""
    started_at: float | None
    """When the sweep began, in seconds since 1970."""
    wall_seconds: float | None
    """How long it ran, up to this report where it goes on: without the queue, pauses, and waits after an end."""
    arms: tuple[ArmReport, ...]
    """The table, in the specification's order."""
    differences: tuple[Difference, ...]
    """Every pair of arms that were both confirmed, largest mean first."""
    provenance: Provenance
    """Versions and commit."""
    specification: dict[str, Any] = Field(repr=False)
    """The resolved specification: posting it runs the sweep again."""
