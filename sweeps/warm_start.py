"""Trials of the team's earlier sweeps with which an arm's sampler begins.

A trial is taken over where this arm could have suggested it itself: the same data set and metric, the very same
network, rule, training and epochs with both configurations in place, every searched value inside this arm's ranges.
So values are comparable. Copies are kept with the sweep: whatever becomes of the earlier ones changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sweeps.arm_space import ArmSpace
from sweeps.configuration import Configuration, Template
from sweeps.ledger import Ledger
from sweeps.ledger.errors import NoSuchSweep
from sweeps.ledger.records import InheritedTrial, SweepRecord, TrialRecord
from sweeps.space import Value
from sweeps.spec import SweepSpec
from sweeps.states import TrialState

MOST_TRIALS = 10_000
LEARNT_FROM = (TrialState.COMPLETED, TrialState.PRUNED)


class NothingToInherit(ValueError):
    """The specification names earlier sweeps that it cannot begin with; the message says why and what to do."""


def inherit(ledger: Ledger, team_id: int, spec: SweepSpec) -> list[InheritedTrial]:
    """What the arms begin with, numbered in each arm. Raises NothingToInherit."""
    if not spec.search.warm_start:
        return []
    spaces = [spec.arm_space(arm) for arm in range(len(spec.compare))]
    by_arm: list[list[InheritedTrial]] = [[] for _ in spaces]
    for sweep_id in spec.search.warm_start:
        for source in _sources(ledger, _sweep(ledger, team_id, sweep_id), spec):
            for arm, space in enumerate(spaces):
                values = _in_paths_of(space, source)
                if values is not None:
                    by_arm[arm].append(source.taken(len(by_arm[arm]), arm, values))
        _check_most(spec, by_arm)
    for own, space in zip(by_arm, spaces, strict=True):
        _check_sampler(spec, space, len(own))
    if not any(by_arm):
        raise NothingToInherit(
            f"no completed or pruned trial of {_named(spec)} could be suggested here: data, network, training, epochs "
            "and rule must be the same, and its values inside the ranges; adapt the specification or leave warm_start "
            "out"
        )
    return [one for own in by_arm for one in own]


@dataclass(frozen=True)
class _Source:
    """An earlier trial, with all that it trained."""

    sweep_id: int
    trial: TrialRecord
    value: float
    placed: Template
    """Its arm's, with its values in place."""
    configuration: Configuration

    def taken(self, number: int, arm: int, values: dict[str, Value]) -> InheritedTrial:
        trial = self.trial
        return InheritedTrial(arm, number, self.sweep_id, trial.number, values, trial.state, self.value, trial.epoch)


def _sweep(ledger: Ledger, team_id: int, sweep_id: int) -> SweepRecord:
    try:
        return ledger.sweeps.get(sweep_id, team_id)
    except NoSuchSweep as error:
        raise NothingToInherit(f"{error}; name finished sweeps of your team, see `npsweep list`") from error


def _sources(ledger: Ledger, sweep: SweepRecord, spec: SweepSpec) -> Iterator[_Source]:
    """The sweep's trials that have a value to learn from, where it searched on the same data by the same metric."""
    source = SweepSpec.model_validate(sweep.spec)
    if (source.data, source.metric) != (spec.data, spec.metric):
        return
    for trial in ledger.trials.page(sweep.id):
        if trial.state in LEARNT_FROM and trial.value is not None:
            template = source.template(trial.arm)
            placed, configuration = template.placed(trial.configuration), template.configure(trial.configuration)
            yield _Source(sweep.id, trial, trial.value, placed, configuration)


def _in_paths_of(space: ArmSpace, source: _Source) -> dict[str, Value] | None:
    """The trial's values in the paths that the arm searches; None where the arm could not have suggested it."""
    values: dict[str, Value] = {}
    for path, dimension in space.space.items():
        if not dimension.applies(values):
            continue
        known = source.trial.configuration if path in source.trial.configuration else source.placed.values(path)
        if path not in known or dimension.problem(known[path]) is not None:
            return None
        values[path] = known[path]
    return values if _trained(space, values) == source.configuration else None


def _trained(space: ArmSpace, values: dict[str, Value]) -> Configuration | None:
    try:
        return space.template.configure({**values, **space.fixed})
    except ValueError:
        return None


def _check_most(spec: SweepSpec, by_arm: Sequence[Sequence[InheritedTrial]]) -> None:
    if sum(map(len, by_arm)) > MOST_TRIALS:
        raise NothingToInherit(
            f"{_named(spec)} offer more than {MOST_TRIALS} trials, the most that are taken; name fewer sweeps"
        )


def _check_sampler(spec: SweepSpec, space: ArmSpace, inherited: int) -> None:
    problem = spec.search.sampler.problem(space.space, spec.budget.trials + inherited)
    if problem:
        raise NothingToInherit(f"{space.where} would begin with {inherited} trials of {_named(spec)}: {problem}")


def _named(spec: SweepSpec) -> str:
    return ", ".join(map(str, spec.search.warm_start))
