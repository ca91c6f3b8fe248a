"""The paired test behind the `wilcoxon` pruner: one epoch, the same seeds, two trials."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from optuna.pruners import BasePruner
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sweeps.search.history import every_trial

SEEDS_AT = "values by seed after epoch {}"
"""The user attribute under which a trial keeps its replicates' values after an epoch, as a list in order of seed."""


@dataclass(frozen=True)
class Comparison:
    """A trial against the best completed one, at one epoch."""

    mean: float
    best: float
    """The best completed trial's mean at that epoch."""
    pairs: int
    p_value: float
    """Of the one-sided signed-rank test that the trial is no worse."""

    def is_worse(self, maximise: bool, threshold: float) -> bool:
        """Worse by the test, and on average too: ranks alone may say the opposite of the mean."""
        return self.p_value < threshold and (self.mean < self.best if maximise else self.mean > self.best)


def compare(study: Study, trial: FrozenTrial) -> Comparison | None:
    """The trial at its last epoch against the best completed trial; None where there is none with that epoch."""
    key = SEEDS_AT.format(trial.last_step)
    rival = _best(study, key)
    if key not in trial.user_attrs or rival is None:
        return None
    own, other = trial.user_attrs[key], rival.user_attrs[key]
    from scipy.stats import wilcoxon  # type: ignore[import-untyped]  # scipy ships no types

    alternative = "less" if study.direction == StudyDirection.MAXIMIZE else "greater"
    differences = [a - b for a, b in zip(own, other, strict=True)]
    p_value = wilcoxon(differences, alternative=alternative, zero_method="zsplit").pvalue
    return Comparison(fmean(own), fmean(other), len(own), float(p_value))


def _best(study: Study, key: str) -> FrozenTrial | None:
    """The best completed trial with values under `key`: those of other sweeps have none."""
    try:
        best = study._storage.get_best_trial(study._study_id)  # `study.best_trial` looks through all of them
    except ValueError:
        return None
    if key in best.user_attrs:
        return best
    rivals = [one for one in every_trial(study) if one.state is TrialState.COMPLETE and key in one.user_attrs]
    choose = max if study.direction == StudyDirection.MAXIMIZE else min
    return choose(rivals, key=lambda one: one.value or 0.0, default=None)


class PairedWilcoxon(BasePruner):
    """Prunes a trial that is worse than the best completed one on the same seeds, at the same epoch."""

    def __init__(self, threshold: float, warmup_epochs: int) -> None:
        self._threshold = threshold
        self._warmup_epochs = warmup_epochs

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether `trial` is to be stopped after its last reported epoch."""
        if (trial.last_step or 0) < self._warmup_epochs:
            return False
        found = compare(study, trial)
        return found is not None and found.is_worse(study.direction == StudyDirection.MAXIMIZE, self._threshold)


def seeds_of(epochs: Mapping[int, Mapping[int, float]]) -> dict[str, list[float]]:
    """User attributes for values by epoch and seed."""
    return {SEEDS_AT.format(epoch): [values[seed] for seed in sorted(values)] for epoch, values in epochs.items()}
