"""What a comparison says, as values."""

from typing import Any

from pydantic import Field

from sweeps.frozen import Frozen
from sweeps.report.models import ArmReport, Difference
from sweeps.states import SweepState


class ComparedSweep(Frozen):
    """One of the sweeps."""

    sweep_id: int
    name: str
    state: SweepState
    finished: bool
    """Whether the whole budget and the confirmation are in its figures; else they are provisional."""
    data: str
    """The name of its data set."""
    test_metric: str
    """What its arms were measured by."""
    budget: int
    """Trials of each of its arms."""


class ComparedArm(Frozen):
    """One arm of one of the sweeps."""

    name: str = Field(examples=["12:danp"])
    """The sweep's id and the arm's label."""
    sweep_id: int
    report: ArmReport
    """Its row of the sweep's report."""


class SpecifiedDifference(Frozen):
    """A place at which the specifications differ."""

    path: str = Field(examples=["budget.trials", "compare[danp].space.noise_scale.low"])
    values: dict[int, Any]
    """What stands there, by the sweep's id; a sweep where nothing does is left out."""


class Comparison(Frozen):
    """Several sweeps side by side."""

    sweeps: tuple[ComparedSweep, ...]
    """In the order in which they were named."""
    arms: tuple[ComparedArm, ...]
    """Every arm of every sweep."""
    differences: tuple[Difference, ...]
    """Pairs of arms that were both confirmed by the same metric on the same data set, those of the best arms first."""
    untested: int
    """How many such pairs there are beyond these: of very many arms only the pairs of the best are tested."""
    specification: tuple[SpecifiedDifference, ...]
    """Where the specifications differ, names and notes apart."""
