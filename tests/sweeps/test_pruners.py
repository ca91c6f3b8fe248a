"""Pruners: they stop what they should, say truly why, and decide the same after a study was rebuilt."""

import random
import re
import warnings
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeps.search.study import ArmSearch, PastTrial
from sweeps.search.wilcoxon import PairedWilcoxon, seeds_of
from sweeps.search.words import apart, ordinal
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.sweeps.running import SPEC

EPOCHS = 9
PRUNERS: list[dict[str, Any]] = [
    {"name": "median", "startup_trials": 2, "warmup_epochs": 2},
    {"name": "percentile", "percentile": 25.0, "startup_trials": 1, "warmup_epochs": 1, "interval": 2, "min_trials": 2},
    {"name": "asha", "factor": 2},
    {"name": "asha", "factor": 2, "bootstrap_trials": 2},
    {"name": "hyperband", "factor": 2},
    {"name": "patient", "patience": 1, "pruner": {"name": "median", "startup_trials": 1}},
    {"name": "patient", "patience": 2, "min_delta": 0.1, "pruner": "none"},
    {"name": "wilcoxon", "p_threshold": 0.2, "warmup_epochs": 2},
]
SEEDS = 4


class Search:
    """A search of EPOCHS epochs with SEEDS replicates, and all that it was told."""

    def __init__(self, pruner: dict[str, Any], maximise: bool = True) -> None:
        training = {"epochs": EPOCHS, "batch_size": 100}
        spec = SweepSpec.model_validate(
            SPEC | {"training": training, "replicates": SEEDS, "search": {"sampler": "random", "pruner": pruner}}
        )
        space, pruning = spec.compare[0].space, spec.search.pruner
        self.maximise = maximise
        self.study = ArmSearch(space, spec.search.sampler, pruning, (0, 0), maximise, EPOCHS)
        self.values: list[dict[str, Any]] = []
        self.curves: list[dict[int, float]] = []
        self.seeds: list[dict[int, dict[int, float]]] = []
        self.states: list[TrialState] = []

    def ask(self) -> int:
        self.values.append(self.study.ask().values)
        self.curves.append({})
        self.seeds.append({})
        self.states.append(TrialState.RUNNING)
        return len(self.values) - 1

    def report(self, number: int, by_seed: list[float]) -> str | None:
        """One epoch; the trial ends where it is pruned or was its last."""
        epoch, mean = len(self.curves[number]) + 1, sum(by_seed) / len(by_seed)
        self.curves[number][epoch] = mean
        self.seeds[number][epoch] = dict(enumerate(by_seed))
        reason = self.study.report(number, epoch, mean, self.seeds[number][epoch])
        if reason or epoch == EPOCHS:
            self.states[number] = TrialState.COMPLETED if epoch == EPOCHS else TrialState.PRUNED
            self.study.tell(number, self.states[number], mean)
        return reason if epoch < EPOCHS else None

    def rebuilt(self, pruner: dict[str, Any]) -> "Search":
        """The same, from what a ledger would know."""
        other, history = Search(pruner, self.maximise), []
        for n, state in enumerate(self.states):
            value = self.curves[n][max(self.curves[n])] if state.is_final else None
            history.append(PastTrial(self.values[n], state, value, dict(self.curves[n]), dict(self.seeds[n])))
            other.values.append(self.values[n])
            other.curves.append(dict(self.curves[n]))
            other.seeds.append(dict(self.seeds[n]))
            other.states.append(state)
        other.study.restore(history)
        return other

    def completed_at(self, epoch: int, but: int) -> list[float]:
        curves = [c for n, c in enumerate(self.curves) if self.states[n] is TrialState.COMPLETED and n != but]
        return [curve[epoch] for curve in curves if epoch in curve]


def play(search: Search, chance: random.Random, steps: int) -> list[tuple[int, int, str]]:
    """Random epochs of up to four trials at once, values in tenths so that ties occur: (trial, epoch, reason)."""
    pruned = []
    for _ in range(steps):
        running = [n for n, state in enumerate(search.states) if state is TrialState.RUNNING]
        number = search.ask() if len(running) < 4 else chance.choice(running)
        level = random.Random(number).randint(0, 6)
        reason = search.report(number, [(level + chance.randint(0, 4)) / 10 for _ in range(SEEDS)])
        if reason:
            pruned.append((number, len(search.curves[number]), reason))
    return pruned


@pytest.mark.parametrize("pruner", PRUNERS, ids=lambda p: f"{p['name']}-{len(p)}")
@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), maximise=st.booleans())
def test_what_a_reason_compares_is_ordered_as_it_says(pruner: dict[str, Any], seed: int, maximise: bool) -> None:
    for _, _, reason in play(Search(pruner, maximise), random.Random(seed), 150):
        found = re.search(r"(\S+?),? is (below|above) (?:the best before, )?([-\d.e]+)", reason)
        if found is None:
            assert "bootstrap_trials = 2 have" in reason
            continue
        value, word, limit = found.groups()
        assert word == ("below" if maximise else "above")
        assert (float(value) < float(limit)) == maximise
        assert float(value) != float(limit)


@pytest.mark.parametrize("pruner", PRUNERS, ids=lambda p: f"{p['name']}-{len(p)}")
def test_every_pruner_stops_some_trials_and_lets_the_best_go_on(pruner: dict[str, Any]) -> None:
    search = Search(pruner)
    pruned = play(search, random.Random(1), 400)
    assert pruned
    finished = [n for n, state in enumerate(search.states) if state is TrialState.COMPLETED]
    assert finished
    if pruner["name"] != "patient" or pruner["pruner"] != "none":
        levels = {n: random.Random(n).randint(0, 6) for n in range(len(search.states))}
        lost = [levels[n] for n, _, _ in pruned]
        assert np.mean(lost) < np.mean([levels[n] for n in finished])


@pytest.mark.parametrize("pruner", PRUNERS, ids=lambda p: f"{p['name']}-{len(p)}")
def test_a_rebuilt_study_prunes_as_the_lost_one_would_have(pruner: dict[str, Any]) -> None:
    for seed in range(3):
        whole = Search(pruner)
        play(whole, random.Random(seed), 120)
        rebuilt = whole.rebuilt(pruner)
        assert play(rebuilt, random.Random(9), 150) == play(whole, random.Random(9), 150)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), maximise=st.booleans(), kept=st.sampled_from([20.0, 50.0]))
def test_a_trial_is_pruned_exactly_where_the_quoted_percentile_beats_it(seed: int, maximise: bool, kept: float) -> None:
    pruner = {"name": "percentile", "percentile": kept, "startup_trials": 0, "warmup_epochs": 0}
    search, chance = Search(pruner, maximise), random.Random(seed)
    for _ in range(150):
        running = [n for n, state in enumerate(search.states) if state is TrialState.RUNNING]
        number = search.ask() if len(running) < 3 else chance.choice(running)
        epoch = len(search.curves[number]) + 1
        others = search.completed_at(epoch, number)
        reason = search.report(number, [chance.randint(0, 8) / 10] * SEEDS)
        if epoch == EPOCHS:
            continue
        best = (max if maximise else min)(search.curves[number].values())
        limit = float(np.percentile(others, 100 - kept if maximise else kept)) if others else best
        assert (reason is not None) == (best < limit if maximise else best > limit)
        if reason is not None:
            value, threshold = apart(best, limit)
            assert f"best so far {value} is" in reason
            assert f" {threshold}, the " in reason
            assert f" of {len(others)} completed trial" in reason


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), maximise=st.booleans(), factor=st.sampled_from([2, 3]))
def test_a_trial_is_pruned_exactly_where_the_quoted_cutoff_of_its_rung_beats_it(
    seed: int, maximise: bool, factor: int
) -> None:
    search, chance = Search({"name": "asha", "factor": factor}, maximise), random.Random(seed)
    for _ in range(150):
        running = [n for n, state in enumerate(search.states) if state is TrialState.RUNNING]
        number = search.ask() if len(running) < 4 else chance.choice(running)
        epoch = len(search.curves[number]) + 1
        reason = search.report(number, [chance.randint(0, 30) / 10] * SEEDS)
        if epoch == EPOCHS:
            continue
        rung = {factor**n: n for n in range(5)}.get(epoch)
        if rung is None:
            assert reason is None
            continue
        reached = sorted((curve[epoch] for curve in search.curves if epoch in curve), reverse=maximise)
        kept = max(len(reached) // factor, 1)
        value, cutoff = search.curves[number][epoch], reached[kept - 1]
        assert (reason is not None) == (value < cutoff if maximise else value > cutoff)
        if reason is not None:
            first, second = apart(value, cutoff)
            assert reason.startswith(
                f"{first} is {'below' if maximise else 'above'} {second}, the cutoff of rung {rung}"
            )
            assert f"best {kept} of the {len(reached)} trials" in reason


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    values=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=8),
    maximise=st.booleans(),
    threshold=st.sampled_from([0.05, 0.1, 0.3]),
)
def test_the_paired_test_decides_as_optunas_wilcoxon_does_with_seeds_for_steps(
    values: list[tuple[int, int]], maximise: bool, threshold: float
) -> None:
    best, trial = [b / 10 for b, _ in values], [t / 10 for _, t in values]
    direction = optuna.study.StudyDirection.MAXIMIZE if maximise else optuna.study.StudyDirection.MINIMIZE
    ours, theirs = optuna.create_study(direction=direction), optuna.create_study(direction=direction)
    mean = sum(best) / len(best)
    ours.add_trial(
        optuna.create_trial(value=mean, intermediate_values={3: mean}, user_attrs=seeds_of({3: dict(enumerate(best))}))
    )
    theirs.add_trial(optuna.create_trial(value=mean, intermediate_values=dict(enumerate(best))))
    running = optuna.trial.TrialState.RUNNING
    one = optuna.create_trial(
        state=running,
        intermediate_values={3: sum(trial) / len(trial)},
        user_attrs=seeds_of({3: dict(enumerate(trial))}),
    )
    other = optuna.create_trial(state=running, intermediate_values=dict(enumerate(trial)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        reference = optuna.pruners.WilcoxonPruner(p_threshold=threshold)
    assert PairedWilcoxon(threshold, 0).prune(ours, one) == reference.prune(theirs, other)


def test_patience_alone_stops_what_has_ceased_to_improve_and_nothing_else() -> None:
    search = Search({"name": "patient", "patience": 2, "pruner": "none"})
    climbs, stalls = search.ask(), search.ask()
    for epoch in range(1, EPOCHS):
        assert search.report(climbs, [epoch / 10] * SEEDS) is None
    curve = [0.5, 0.6, 0.5, 0.55]
    reasons = [search.report(stalls, [value] * SEEDS) for value in curve]
    assert reasons == [None, None, None, None]
    assert search.report(stalls, [0.58] * SEEDS) == "the best of the last 3 epochs, 0.58, is below the best before, 0.6"


def test_numbers_that_differ_little_are_told_apart() -> None:
    assert apart(0.71342, 0.71349) == ("0.7134", "0.7135")
    assert apart(0.5, 0.75) == ("0.5", "0.75")
    assert [ordinal(n) for n in (1, 75, 22, 33, 12, 33.3)] == ["1st", "75th", "22nd", "33rd", "12th", "33.3th"]
