"""A sequential replay: what the sampler suggested, suggested again from the specification, the ledger and the seed.

What it needs of every trial is its configuration, its outcome, and the order of suggestions and outcomes (`heard`,
`told`); networks are not trained. A trial that was retried counts as it ended at last, so suggestions that were made
while it counted as failed can differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sweeps.arm_search import Inherited, open_search
from sweeps.search.study import ArmSearch
from sweeps.space import Value
from sweeps.spec import SweepSpec
from sweeps.states import Origin, TrialState


class Tried(Protocol):
    """A trial, as the ledger and the API describe it."""

    @property
    def number(self) -> int: ...
    @property
    def arm_number(self) -> int: ...
    @property
    def configuration(self) -> dict[str, Value]: ...
    @property
    def state(self) -> TrialState: ...
    @property
    def value(self) -> float | None: ...
    @property
    def epoch(self) -> int: ...
    @property
    def origin(self) -> Origin: ...
    @property
    def heard(self) -> int: ...
    @property
    def told(self) -> int | None: ...


@dataclass(frozen=True)
class Replayed:
    """One suggestion made again."""

    trial: int
    """The trial's number in the sweep."""
    logged: Mapping[str, Value]
    """What was suggested, by path."""
    suggested: Mapping[str, Value]
    """What is suggested now."""

    @property
    def agrees(self) -> bool:
        """Whether it is the same, to the last digit."""
        return self.logged == self.suggested


def replay(
    spec: SweepSpec, arm: int, trials: Iterable[Tried], inherited: Iterable[Inherited] = ()
) -> Iterator[Replayed]:
    """Suggests an arm's trials again, one after another: all that it has; `inherited` is what it began with."""
    entry = spec.compare[arm]
    search = open_search(spec, arm, inherited)
    in_order = sorted(trials, key=lambda trial: trial.arm_number)
    ends = sorted((trial.told, trial.arm_number) for trial in in_order if trial.told is not None)
    enqueued = iter(entry.enqueued)
    heard = 0
    for trial in in_order:
        while heard < len(ends) and ends[heard][0] <= trial.heard:
            _tell(search, in_order[ends[heard][1]])
            heard += 1
        suggestion = search.ask(next(enqueued) if trial.origin is Origin.ENQUEUED else None)
        yield Replayed(trial.number, trial.configuration, suggestion.values | entry.fixed)


def _tell(search: ArmSearch, trial: Tried) -> None:
    if trial.value is not None and trial.state is not TrialState.COMPLETED:
        search.note(trial.arm_number, trial.epoch, trial.value)
    search.tell(trial.arm_number, trial.state, trial.value)
