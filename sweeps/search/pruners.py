"""When a trial is stopped early. A new pruner: one class and one name in `Pruner`.

Steps are epochs, counted from 1; what is decided after a trial's last epoch changes nothing. `build` makes Optuna's
pruner, which decides; `explain` says in words and numbers why it did; `memory` is what Optuna keeps with a trial for
it; `problem` says at parsing why it could never prune. Optuna is imported inside, as in samplers.py.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from sweeps.frozen import Frozen
from sweeps.search.halving import Asha, Hyperband
from sweeps.search.samplers import experimental
from sweeps.search.words import apart, ordinal, trials

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.study import Study
    from optuna.trial import FrozenTrial


class _Forgetful(Frozen):
    """A pruner that keeps nothing with a trial beside its values."""

    def memory(self, study: "Study", trial: "FrozenTrial") -> dict[str, float]:  # noqa: ARG002
        """Nothing."""
        return {}


class NoPruning(_Forgetful):
    """Every trial trains all its epochs."""

    name: Literal["none"] = "none"

    def build(self, epochs: int) -> "BasePruner":  # noqa: ARG002
        from optuna.pruners import NopPruner

        return NopPruner()

    def explain(self, study: "Study", trial: "FrozenTrial") -> str:  # noqa: ARG002
        """Never called: nothing is pruned."""
        return "nothing is pruned"

    def problem(self, epochs: int, replicates: int) -> str | None:  # noqa: ARG002
        """None: pruning nothing is what was asked for."""
        return None


class _Quantile(_Forgetful):
    """Stops a trial whose best value so far is worse than what a share of the completed ones had at the same epoch."""

    startup_trials: int = Field(default=5, ge=0, le=10_000)
    """Trials that must have completed before any is pruned."""
    warmup_epochs: int = Field(default=3, ge=0, le=100_000)
    """Epochs before the first decision, which is taken after this one (after the first, where 0). Must be below the
    epochs that a trial trains."""
    interval: int = Field(default=1, ge=1, le=100_000)
    """Epochs between two decisions."""
    min_trials: int = Field(default=1, ge=1, le=10_000)
    """Completed trials that must have a value at the epoch."""

    def build_share(self, percentile: float) -> "BasePruner":
        """Optuna's pruner that keeps the best `percentile` percent."""
        from sweeps.search.percentiles import IndexedPercentile

        return IndexedPercentile(percentile, self.startup_trials, self.warmup_epochs, self.interval, self.min_trials)

    def explain_share(self, study: "Study", trial: "FrozenTrial", percentile: float) -> str:
        """Why `trial` was pruned after its last epoch, where the best `percentile` percent are kept."""
        from sweeps.search.percentiles import completed_at, percentile_of

        maximise = study.direction.name == "MAXIMIZE"
        values = completed_at(study, trial.last_step or 0)
        rank = 100 - percentile if maximise else percentile
        best = (max if maximise else min)(trial.intermediate_values.values())
        value, limit = apart(best, percentile_of(values, rank))
        share = "median" if rank == 50 else f"{ordinal(rank)} percentile"
        return (
            f"best so far {value} is {'below' if maximise else 'above'} {limit}, "
            f"the {share} of {trials(len(values), 'completed')} at that epoch"
        )

    def problem(self, epochs: int, replicates: int) -> str | None:  # noqa: ARG002
        """Why no trial of `epochs` epochs could ever be pruned; None where one could."""
        return _warmup_problem(self.warmup_epochs, epochs)


class Median(_Quantile):
    """Stops a trial whose best value so far is worse than the median of the completed ones at the same epoch."""

    name: Literal["median"] = "median"

    def build(self, epochs: int) -> "BasePruner":  # noqa: ARG002
        return self.build_share(50.0)

    def explain(self, study: "Study", trial: "FrozenTrial") -> str:
        """Why `trial` was pruned after its last epoch: its best value, the median, and of how many trials."""
        return self.explain_share(study, trial, 50.0)


class Percentile(_Quantile):
    """Like median, with another percentile: 25 keeps the best quarter."""

    name: Literal["percentile"] = "percentile"
    percentile: float = Field(default=50.0, gt=0, lt=100)
    """Percent of the trials that are kept."""

    def build(self, epochs: int) -> "BasePruner":  # noqa: ARG002
        return self.build_share(self.percentile)

    def explain(self, study: "Study", trial: "FrozenTrial") -> str:
        """Why `trial` was pruned after its last epoch: its best value, the percentile, and of how many trials."""
        return self.explain_share(study, trial, self.percentile)


class Wilcoxon(_Forgetful):
    """For replicates: stops a trial that is worse than the best completed one on the same seeds.

    After each epoch that all replicates have reached, their values are paired by seed with those of the arm's best
    completed trial at the same epoch (a trial's seeds are the same throughout an arm), and the one-sided Wilcoxon
    signed-rank test says whether they are worse. (In Optuna's pruner of this name the steps are the pairs, so a trial
    would be judged before all its seeds had run; here the replicates of a trial are trained side by side.) With R
    replicates no p-value is below 2⁻ᴿ, so p_threshold = 0.1 needs 4 replicates, 0.05 needs 5 and 0.01 needs 7.
    The test is made anew at every epoch: over many epochs more good trials are pruned than p_threshold says.
    """

    name: Literal["wilcoxon"] = "wilcoxon"
    p_threshold: float = Field(default=0.1, gt=0, lt=1)
    """A trial is stopped where the test's p-value is below this and its mean is worse too."""
    warmup_epochs: int = Field(default=3, ge=0, le=100_000)
    """Epochs before the first decision, which is taken after this one. Must be below the epochs that a trial trains."""

    def build(self, epochs: int) -> "BasePruner":  # noqa: ARG002
        from sweeps.search.wilcoxon import PairedWilcoxon

        return PairedWilcoxon(self.p_threshold, self.warmup_epochs)

    def explain(self, study: "Study", trial: "FrozenTrial") -> str:
        """Why `trial` was pruned after its last epoch: both means, the number of seeds, and the test's p-value."""
        from sweeps.search.wilcoxon import compare

        found = compare(study, trial)
        if found is None:
            raise ValueError(f"trial {trial.number} was not compared with any")
        value, best = apart(found.mean, found.best)
        p_value, threshold = apart(found.p_value, self.p_threshold)
        return (
            f"mean {value} is {'below' if study.direction.name == 'MAXIMIZE' else 'above'} {best}, the best completed "
            f"trial's at that epoch on the same {found.pairs} seeds: signed-rank test p = {p_value}, below {threshold}"
        )

    def problem(self, epochs: int, replicates: int) -> str | None:
        """Why no trial of `epochs` epochs and `replicates` seeds could ever be pruned; None where one could."""
        if 2.0**-replicates >= self.p_threshold:
            needed = next(count for count in range(1, 1100) if 2.0**-count < self.p_threshold)
            return (
                f"search.pruner wilcoxon can never prune with replicates = {replicates}: its smallest p-value is "
                f"{2.0**-replicates:.3g}, not below p_threshold {self.p_threshold:g}; "
                f"write replicates: {needed} or more"
            )
        return _warmup_problem(self.warmup_epochs, epochs)


class Patient(_Forgetful):
    """Lets another pruner stop a trial only while it has ceased to improve; with pruner none, that alone stops it.

    A trial has ceased to improve where its best value of the last patience + 1 epochs is worse than its best before, by
    more than min_delta. asha and hyperband cannot be wrapped: they decide at their rungs alone, where all are compared
    at the same epoch, and a decision put off would compare different epochs.
    """

    name: Literal["patient"] = "patient"
    patience: int = Field(default=3, ge=0, le=100_000)
    """Epochs without improvement that are endured. patience + 2 must be below the epochs that a trial trains."""
    min_delta: float = Field(default=0.0, ge=0)
    """How much worse still counts as no worse, in the metric's own unit."""
    pruner: Annotated[
        Annotated[NoPruning | Median | Percentile | Wilcoxon, Field(discriminator="name")],
        BeforeValidator(
            lambda value: {"name": value} if isinstance(value, str) else value,
            json_schema_input_type=NoPruning | Median | Percentile | Wilcoxon | str,
        ),
    ] = Median()
    """The pruner that decides: none, median, percentile or wilcoxon, by name or with its options."""

    def build(self, epochs: int) -> "BasePruner":
        from optuna.pruners import PatientPruner

        wrapped = None if isinstance(self.pruner, NoPruning) else self.pruner.build(epochs)
        with experimental():
            return PatientPruner(wrapped, self.patience, self.min_delta)

    def explain(self, study: "Study", trial: "FrozenTrial") -> str:
        """Why `trial` was pruned after its last epoch: its best lately and before, and the wrapped pruner's reason."""
        maximise = study.direction.name == "MAXIMIZE"
        better = max if maximise else min
        values = [value for _, value in sorted(trial.intermediate_values.items())]
        before, lately = better(values[: -self.patience - 1]), better(values[-self.patience - 1 :])
        recent, earlier = apart(lately, before)
        margin = f" by more than {self.min_delta:g}" if self.min_delta else ""
        stagnation = (
            f"the best of the last {self.patience + 1} epochs, {recent}, is {'below' if maximise else 'above'} "
            f"the best before, {earlier}{margin}"
        )
        if isinstance(self.pruner, NoPruning):
            return stagnation
        return f"{stagnation}, and {self.pruner.explain(study, trial)}"

    def problem(self, epochs: int, replicates: int) -> str | None:
        """Why no trial of `epochs` epochs could ever be pruned; None where one could."""
        if self.patience + 2 >= epochs:
            return (
                f"search.pruner.patience is {self.patience}, but a trial trains {epochs} epochs and none could ever be "
                f"pruned; patience + 2 must be below {epochs}: lower patience or write pruner: none"
            )
        return self.pruner.problem(epochs, replicates)


Pruner = Annotated[NoPruning | Median | Percentile | Asha | Hyperband | Patient | Wilcoxon, Field(discriminator="name")]


def _warmup_problem(warmup_epochs: int, epochs: int) -> str | None:
    if max(warmup_epochs, 1) < epochs:
        return None
    return (
        f"search.pruner.warmup_epochs is {warmup_epochs}, but a trial trains {epochs}: none could ever be pruned; "
        f"lower warmup_epochs below {epochs} or write pruner: none"
    )
