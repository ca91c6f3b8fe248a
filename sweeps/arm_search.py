"""Opens the search of one arm as its specification says, with the trials of earlier sweeps that it begins with."""

from collections.abc import Iterable
from typing import Protocol

from learning import higher_is_better
from sweeps.search.study import ArmSearch, PastTrial
from sweeps.space import Value
from sweeps.spec import SweepSpec
from sweeps.states import TrialState

BEYOND_TRIALS = 2**31
"""Above every trial's number, which the seed of its suggestion ends with."""


class Inherited(Protocol):
    """A trial of an earlier sweep, as the ledger and the API describe it."""

    @property
    def configuration(self) -> dict[str, Value]: ...
    @property
    def state(self) -> TrialState: ...
    @property
    def value(self) -> float: ...
    @property
    def epoch(self) -> int: ...


def open_search(spec: SweepSpec, arm: int, inherited: Iterable[Inherited] = ()) -> ArmSearch:
    """The search of an arm that has no trial of its own yet."""
    search = ArmSearch(
        spec.compare[arm].space,
        spec.search.sampler,
        spec.search.pruner,
        (spec.seed, arm, *(BEYOND_TRIALS + sweep for sweep in spec.search.warm_start)),  # else it draws what they drew
        spec.maximise,
        spec.epochs(arm),
        {name: higher_is_better(name) for name in spec.objectives[1:]},
    )
    search.inherit(_past(one) for one in inherited)
    return search


def _past(trial: Inherited) -> PastTrial:
    """What a pruner compares by epoch is left out: it judges by trials of its own sweep alone."""
    reported = {trial.epoch: trial.value} if trial.state is TrialState.PRUNED else {}
    return PastTrial(trial.configuration, trial.state, trial.value, reported)
