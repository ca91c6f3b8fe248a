"""Trials of the team's earlier sweeps with which an arm's sampler begins.

A trial is taken over where this arm could have suggested it itself: the same data set and metric, the very same
network, rule, training and epochs with both configurations in place, every searched value inside this arm's ranges.
So values are comparable. Copies are kept with the sweep: whatever becomes of the earlier ones changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sweeps.configuration import Configuration
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
    earlier = [_sweep(ledger, team_id, sweep_id) for sweep_id in spec.search.warm_start]
    found: list[InheritedTrial] = []
    for arm in range(len(spec.compare)):
        own = (one for sweep in earlier for one in _of_sweep(ledger, sweep, spec, arm))
        found += [replace(one, number=number) for number, one in enumerate(own)]
    _check_count(spec, found)
    return found


def _sweep(ledger: Ledger, team_id: int, sweep_id: int) -> SweepRecord:
    try:
        return ledger.sweeps.get(sweep_id, team_id)
    except NoSuchSweep as error:
        raise NothingToInherit(f"{error}; name finished sweeps of your team, see `npsweep list`") from error


def _check_count(spec: SweepSpec, found: Sequence[InheritedTrial]) -> None:
    named = ", ".join(map(str, spec.search.warm_start))
    if not found:
        raise NothingToInherit(
            f"no completed or pruned trial of {named} could be suggested here: data, network, training, epochs and "
            "rule must be the same, and its values inside the ranges; adapt the specification or leave warm_start out"
        )
    if len(found) > MOST_TRIALS:
        raise NothingToInherit(f"{named} offer {len(found)} trials, at most {MOST_TRIALS} are taken; name fewer sweeps")


def _of_sweep(ledger: Ledger, sweep: SweepRecord, spec: SweepSpec, arm: int) -> Iterator[InheritedTrial]:
    source = SweepSpec.model_validate(sweep.spec)
    if (source.data, source.metric) != (spec.data, spec.metric):
        return
    for trial in ledger.trials.page(sweep.id):
        if trial.state in LEARNT_FROM and trial.value is not None:
            values = _in_paths_of(spec, arm, source, trial)
            if values is not None:
                yield InheritedTrial(arm, 0, sweep.id, trial.number, values, trial.state, trial.value, trial.epoch)


def _in_paths_of(spec: SweepSpec, arm: int, source: SweepSpec, trial: TrialRecord) -> dict[str, Value] | None:
    """The trial's values in the paths that the arm searches; None where the arm could not have suggested it."""
    space, template = spec.arm_space(arm), source.template(trial.arm)
    trained = template.configure(trial.configuration)
    values: dict[str, Value] = {}
    for path, dimension in space.space.items():
        if not dimension.applies(values):
            continue
        known = trial.configuration if path in trial.configuration else template.values(path)
        if path not in known or dimension.problem(known[path]) is not None:
            return None
        values[path] = known[path]
    return values if _trains(spec, arm, values) == trained else None


def _trains(spec: SweepSpec, arm: int, values: dict[str, Value]) -> Configuration | None:
    try:
        return spec.template(arm).configure(values | spec.compare[arm].fixed)
    except ValueError:
        return None
