"""Optuna's TPE for a study whose trials all have the same parameters."""

from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial


class TpeOfOneSpace(TPESampler):
    """Finds the parameters that all trials share in the newest of them, not, for every suggestion, in all of them."""

    def __init__(self, *, multivariate: bool, group: bool, **options: Any) -> None:
        super().__init__(multivariate=multivariate, group=group, **options)
        self._is_joint = multivariate and not group

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """See TPESampler: the distributions of which there is more than one value, in alphabetical order."""
        if not self._is_joint:
            return super().infer_relative_search_space(study, trial)
        before = study.get_trials(deepcopy=False)[:-1]
        known = before[-1].distributions if before else {}
        return {name: known[name] for name in sorted(known) if not known[name].single()}
