"""The Pareto front: the trials that no other is better than in every objective."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from learning import higher_is_better
from sweeps.ledger.records import TrialRecord
from sweeps.report.models import FrontTrial

Losses = tuple[float, ...]
"""Objectives, the less the better."""


def pareto_fronts(arms: Sequence[Sequence[TrialRecord]], names: Sequence[str]) -> list[tuple[FrontTrial, ...]]:
    """For each arm, its completed trials that no other of the arm dominates, the best in the first objective first.

    One dominates another where it is as good in every objective and better in one (Pareto).
    """
    whole = {trial.number for trial in _front([trial for trials in arms for trial in trials], names)}
    return [
        tuple(
            FrontTrial(
                trial=trial.number,
                objectives=trial.objectives or {},
                configuration=trial.configuration,
                among_all=trial.number in whole,
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
    if not ranked:
        return []
    is_on = _of_two if len(names) == 2 else _of_many
    return [trial for (_, _, trial), on in zip(ranked, is_on([losses for losses, _, _ in ranked]), strict=True) if on]


def _of_two(ranked: Sequence[Losses]) -> Iterator[bool]:
    """In order of the first, the front is what is better in the second than all before it, and its equals."""
    last: Losses = (math.inf, math.inf)
    for losses in ranked:
        is_on = losses[1] < last[1] or losses == last
        last = losses if is_on else last
        yield is_on


def _of_many(ranked: Sequence[Losses]) -> Iterator[bool]:
    every = np.array(ranked)
    front = np.empty_like(every)
    found = 0
    for losses in every:
        no_worse = (front[:found] <= losses).all(axis=1)
        is_on = not (no_worse & (front[:found] < losses).any(axis=1)).any()
        if is_on:
            front[found], found = losses, found + 1
        yield is_on


def _losses(objectives: Mapping[str, float], names: Sequence[str]) -> Losses:
    return tuple(-objectives[name] if higher_is_better(name) else objectives[name] for name in names)
