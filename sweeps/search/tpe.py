"""Optuna's TPE for a study whose trials all have the same parameters, over a bounded history."""

from typing import Any, cast

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial

from sweeps.search.history import History, PartOfStudy, every_trial


class TpeOfOneSpace(TPESampler):
    """Looks, for a suggestion, at the trials of its history and at the newest, not at all there ever were."""

    def __init__(self, *, history: History, multivariate: bool, group: bool, **options: Any) -> None:
        super().__init__(multivariate=multivariate, group=group, **options)
        self.history = history
        self._is_joint = multivariate and not group

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """See TPESampler: the distributions of which there is more than one value, in alphabetical order."""
        if not self._is_joint:
            return super().infer_relative_search_space(self._part(study), trial)
        newest = every_trial(study)[-2:-1]  # the last is the one that is asked for
        known = newest[0].distributions if newest else {}
        return {name: known[name] for name in sorted(known) if not known[name].single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """See TPESampler."""
        return super().sample_relative(self._part(study), trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """See TPESampler."""
        return super().sample_independent(self._part(study), trial, param_name, param_distribution)

    def _part(self, study: Study) -> Study:
        if study._is_multi_objective():  # among several objectives a tenth is good, however many there are
            return study
        return cast("Study", PartOfStudy(study, self.history.of(study)))
