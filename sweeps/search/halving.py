"""Successive halving and Hyperband: at a few epochs, the rungs, only the best 1/factor of the trials go on."""

from itertools import count, takewhile
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sweeps.frozen import Frozen
from sweeps.search.words import apart, trials

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.study import Study
    from optuna.trial import FrozenTrial


class Asha(Frozen):
    """Asynchronous successive halving (Li et al. 2020): at epochs min_epochs · factorⁿ the best 1/factor go on."""

    name: Literal["asha"] = "asha"
    min_epochs: int = Field(default=1, ge=1, le=100_000)
    """The first rung. Must be below the epochs that a trial trains."""
    factor: int = Field(default=4, ge=2, le=100)
    """One of so many goes on from each rung."""
    bootstrap_trials: int = Field(default=0, ge=0, le=10_000)
    """Every trial is stopped at a rung that no more than this many trials, itself among them, have reached."""

    def build(self, epochs: int) -> "BasePruner":  # noqa: ARG002
        from sweeps.search.rungs import IndexedHalving, Rungs

        return IndexedHalving(self.min_epochs, self.factor, self.bootstrap_trials, 0, Rungs())

    def explain(self, study: "Study", trial: "FrozenTrial") -> str:
        """Why `trial` was pruned after its last epoch: the rung, its cutoff, and how many trials have reached it."""
        return _explain(self, study, trial)

    def memory(self, study: "Study", trial: "FrozenTrial") -> dict[str, float]:  # noqa: ARG002
        """What Optuna keeps with `trial`, made again from its values by epoch."""
        return _memory(self.min_epochs, self.factor, trial)

    def problem(self, epochs: int, replicates: int) -> str | None:  # noqa: ARG002
        """Why no trial of `epochs` epochs could ever be pruned; None where one could."""
        return _problem(self.min_epochs, epochs)


class Hyperband(Frozen):
    """Hyperband (Li et al. 2018): successive halving with several first rungs, min_epochs · factorˢ for bracket s.

    Each trial belongs to one bracket, by its number, more of them to those that begin early, and competes inside it.
    There are ⌊log_factor(epochs / min_epochs)⌋ + 1 brackets, the epochs being those that the arm's longest trial
    trains; a bracket whose first rung is the last epoch prunes nothing.
    """

    name: Literal["hyperband"] = "hyperband"
    min_epochs: int = Field(default=1, ge=1, le=100_000)
    """The earliest first rung. Must be below the epochs that a trial trains."""
    factor: int = Field(default=3, ge=2, le=100)
    """One of so many goes on from each rung."""
    bootstrap_trials: int = Field(default=0, ge=0, le=10_000)
    """Every trial is stopped at a rung that no more than this many trials of its bracket, itself among them, have
    reached."""

    def build(self, epochs: int) -> "BasePruner":
        from sweeps.search.rungs import IndexedHyperband

        return IndexedHyperband(self.min_epochs, epochs, self.factor, self.bootstrap_trials)

    def explain(self, study: "Study", trial: "FrozenTrial") -> str:
        """Why `trial` was pruned after its last epoch: bracket, rung, cutoff, and how many trials have reached it."""
        from sweeps.search.rungs import bracket_of

        return f"{_explain(self, study, trial)}, in bracket {bracket_of(study, trial)}"

    def memory(self, study: "Study", trial: "FrozenTrial") -> dict[str, float]:
        """What Optuna keeps with `trial`, made again from its values by epoch."""
        from sweeps.search.rungs import bracket_of

        return _memory(self.min_epochs * self.factor ** bracket_of(study, trial), self.factor, trial)

    def problem(self, epochs: int, replicates: int) -> str | None:  # noqa: ARG002
        """Why no trial of `epochs` epochs could ever be pruned; None where one could."""
        return _problem(self.min_epochs, epochs)


def _memory(first_rung: int, factor: int, trial: "FrozenTrial") -> dict[str, float]:
    from sweeps.search.rungs import RUNG

    reported = trial.intermediate_values
    last = max(reported, default=0)
    rungs = takewhile(lambda rung: first_rung * factor**rung <= last, count())
    return {RUNG.format(rung): reported[first_rung * factor**rung] for rung in rungs}


def _explain(settings: Asha | Hyperband, study: "Study", trial: "FrozenTrial") -> str:
    from sweeps.search.rungs import RUNG, bracket_of, rungs_of, values_at

    maximise = study.direction.name == "MAXIMIZE"
    rung = rungs_of(trial) - 1
    values = values_at(study, bracket_of(study, trial), rung)
    epoch, reached = trial.last_step, trials(len(values))
    if len(values) <= settings.bootstrap_trials:
        return (
            f"rung {rung} (epoch {epoch}) was reached by {reached} so far, and none goes on until more than "
            f"bootstrap_trials = {settings.bootstrap_trials} have"
        )
    kept = max(len(values) // settings.factor, 1)
    value, cutoff = apart(trial.system_attrs[RUNG.format(rung)], values[-kept] if maximise else values[kept - 1])
    return (
        f"{value} is {'below' if maximise else 'above'} {cutoff}, the cutoff of rung {rung} (epoch {epoch}): "
        f"the best {kept} of the {reached} that have reached it go on (factor {settings.factor})"
    )


def _problem(min_epochs: int, epochs: int) -> str | None:
    if min_epochs < epochs:
        return None
    return (
        f"search.pruner.min_epochs is {min_epochs}, but a trial trains {epochs}: none could ever be pruned; "
        f"lower min_epochs below {epochs} or write pruner: none"
    )
