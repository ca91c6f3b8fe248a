"""The Pareto front: the trials that no other is better than in every objective."""

from collections.abc import Iterable, Mapping, Sequence

from learning import higher_is_better
from sweeps.ledger.records import TrialRecord
from sweeps.report.models import FrontTrial


def pareto_fronts(arms: Sequence[Sequence[TrialRecord]], names: Sequence[str]) -> list[tuple[FrontTrial, ...]]:
    """For each arm, its completed trials that no other of the arm dominates, the best in the first objective first.

    One dominates another where it is as good in every objective and better in one (Pareto).
    """
    whole = _front([trial for trials in arms for trial in trials], names)
    return [
        tuple(
            FrontTrial(
                trial=trial.number,
                objectives=trial.objectives or {},
                configuration=trial.configuration,
                among_all=trial in whole,
            )
            for trial in _front(trials, names)
        )
        for trials in arms
    ]


def _front(trials: Iterable[TrialRecord], names: Sequence[str]) -> list[TrialRecord]:
    """Of those before it in this order, one with equal first objectives and a better later one comes first: what is
    dominated, is so by a trial that stands earlier."""
    ranked = sorted(
        ((_losses(trial.objectives, names), trial.number, trial) for trial in trials if trial.objectives),
        key=lambda entry: entry[:2],
    )
    front: list[tuple[tuple[float, ...], TrialRecord]] = []
    for losses, _, trial in ranked:
        if not any(_dominates(other, losses) for other, _ in front):
            front.append((losses, trial))
    return [trial for _, trial in front]


def _losses(objectives: Mapping[str, float], names: Sequence[str]) -> tuple[float, ...]:
    return tuple(-objectives[name] if higher_is_better(name) else objectives[name] for name in names)


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)
