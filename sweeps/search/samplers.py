"""How the next configuration is chosen. A new sampler: one class and one name in `Sampler`.

A sampler either has a `build`, and Optuna chooses, or a `point` (points.py), and trial n is point n of a sequence.
`build` makes the sampler of one suggestion; it gets that of the suggestion before, which may hand on what it has kept.
`problem` says at parsing why it cannot serve a space, `takes_warm_start` whether trials of earlier sweeps teach it, and
`takes_objectives` whether it improves several.
Optuna is imported inside `build`, so that reading a specification does not cost its import. Where a suggestion depends
on trials that are over, a diverged trial counts for nothing; where on trials that still run, the docstring says so.
Settings that Optuna has deprecated are not offered.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sweeps.frozen import Frozen
from sweeps.search.points import Grid, Qmc
from sweeps.space import Choice, Dimension

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

MAX_GP_TRIALS = 1_000
"""A Gaussian process's fit grows with the cube of the completed trials: in three dimensions on two busy cores one
suggestion took 1 s after 500 trials, 5 s after 1,000 and 30 s after 2,000."""


class Tpe(Frozen):
    """Tree-structured Parzen estimator (Bergstra et al. 2011): draws from where good trials are dense.

    Serves every space. Learns from completed and pruned trials: from the 25 best, which are all that TPE ever calls
    good, and from the `history` newest of the others, so that a suggestion takes no longer after many trials.
    """

    takes_warm_start: ClassVar[bool] = True
    takes_objectives: ClassVar[bool] = True
    name: Literal["tpe"] = "tpe"
    startup_trials: int = Field(default=8, ge=1, le=10_000)
    """Trials that are over, completed or pruned, before the model is used; until then configurations are random."""
    candidates: int = Field(default=24, ge=1, le=10_000)
    """Candidates drawn from the good trials' density for each suggestion."""
    multivariate: bool = True
    """Whether the dimensions are modelled together; false: each by itself."""
    group: bool = False
    """Whether dimensions are modelled in the groups in which they occur together; needs `multivariate`. Always so in a
    space with conditions."""
    constant_liar: bool = True
    """Whether trials that still run count as bad ones, so that suggestions asked together stay apart."""
    history: int = Field(default=1_000, ge=250, le=100_000)
    """Trials beside the 25 best that the model is fitted to, the newest; at least startup_trials. With several
    objectives it is fitted to all, and a suggestion takes the longer the more there are."""

    @model_validator(mode="after")
    def _has_groups_only_together(self) -> Self:
        if self.group and not self.multivariate:
            raise ValueError("group is true and multivariate is false; groups are modelled together: drop one of them")
        return self

    @model_validator(mode="after")
    def _remembers_its_start(self) -> Self:
        if self.history < self.startup_trials:
            raise ValueError(
                f"history is {self.history}, below startup_trials {self.startup_trials}: the model would never be "
                f"used; raise history to {self.startup_trials} or more"
            )
        return self

    def build(self, seed: int, previous: "BaseSampler | None" = None) -> "BaseSampler":
        """`previous`: what made the study's suggestion before, and hands on what it has kept of the study."""
        from sweeps.search.history import History
        from sweeps.search.tpe import TpeOfOneSpace

        history = previous.history if isinstance(previous, TpeOfOneSpace) else History(self.history)
        with experimental():
            return TpeOfOneSpace(
                history=history,
                n_startup_trials=self.startup_trials,
                n_ei_candidates=self.candidates,
                multivariate=self.multivariate,
                group=self.group,
                constant_liar=self.constant_liar,
                seed=seed,
            )

    def problem(self, space: Mapping[str, Dimension], trials: int) -> str | None:  # noqa: ARG002
        """None: every space is served."""
        return None


class Gp(Frozen):
    """Gaussian process with expected improvement: the fewest trials on small smooth spaces, the dearest suggestions.

    Serves every space without conditions. Learns from completed trials alone, not from pruned ones, and stays away from
    what still runs.
    The time of a suggestion grows with the cube of the completed trials, so at most 1000 trials an arm are accepted.
    """

    takes_warm_start: ClassVar[bool] = True
    takes_objectives: ClassVar[bool] = True
    name: Literal["gp"] = "gp"
    startup_trials: int = Field(default=10, ge=1, le=10_000)
    """Trials that must have completed before the model is used; until then configurations are random."""
    deterministic: bool = False
    """Whether a configuration's value is taken to be without noise."""

    def build(self, seed: int, previous: "BaseSampler | None" = None) -> "BaseSampler":  # noqa: ARG002
        from optuna.samplers import GPSampler

        with experimental():
            return GPSampler(
                seed=seed,
                n_startup_trials=self.startup_trials,
                deterministic_objective=self.deterministic,
                warn_independent_sampling=False,
            )

    def problem(self, space: Mapping[str, Dimension], trials: int) -> str | None:
        """Why this sampler cannot suggest `trials` configurations of `space`; None where it can."""
        if trials <= MAX_GP_TRIALS:
            return _condition_problem(self.name, space)
        return (
            f"budget.trials asks {trials} of search.sampler gp, but gp takes at most {MAX_GP_TRIALS}: its fit grows "
            "with the cube of the trials; lower budget.trials or write sampler: tpe"
        )


class CmaEs(Frozen):
    """Covariance matrix adaptation evolution strategy (Hansen 2016): moves a normal distribution, by generations.

    Serves floats and ints; a space with a choice is refused, since Optuna would draw it at random. A generation is over
    when `population` of its trials are completed; what is asked while they run belongs to the same generation, and more
    of it than `population` teaches nothing. So the population should not be smaller than the trials that run at once.
    """

    takes_warm_start: ClassVar[bool] = False
    takes_objectives: ClassVar[bool] = False
    name: Literal["cmaes"] = "cmaes"
    startup_trials: int = Field(default=1, ge=1, le=10_000)
    """Trials that must have completed before the first generation; until then configurations are random."""
    population: int | Literal["auto"] = "auto"
    """Completed trials that make a generation, 4 to 10000; auto: 4 + ⌊3 ln d⌋ in d dimensions."""
    variant: Literal["plain", "separable", "margin", "adaptive"] = "plain"
    """separable: no covariances, for many dimensions; margin: whole numbers never freeze; adaptive: the learning rate
    follows the noise, for noisy and many-peaked values."""
    learn_from_pruned: bool = False
    """Whether a pruned trial counts, with its last value. Sensible with asha and hyperband."""

    @model_validator(mode="after")
    def _has_a_population(self) -> Self:
        if self.population != "auto" and not 4 <= self.population <= 10_000:
            raise ValueError(f"population is {self.population}; give 4 to 10000, or 'auto'")
        return self

    def build(self, seed: int, previous: "BaseSampler | None" = None) -> "BaseSampler":  # noqa: ARG002
        from optuna.samplers import CmaEsSampler

        with experimental():
            return CmaEsSampler(
                n_startup_trials=self.startup_trials,
                popsize=None if self.population == "auto" else self.population,
                use_separable_cma=self.variant == "separable",
                with_margin=self.variant == "margin",
                lr_adapt=self.variant == "adaptive",
                consider_pruned_trials=self.learn_from_pruned,
                warn_independent_sampling=False,
                seed=seed,
            )

    def problem(self, space: Mapping[str, Dimension], trials: int) -> str | None:  # noqa: ARG002
        """Why this sampler cannot suggest `trials` configurations of `space`; None where it can."""
        choices = [path for path, dimension in space.items() if isinstance(dimension, Choice)]
        if choices:
            return (
                f"space.{choices[0]} is a choice, and search.sampler cmaes moves along numbers only; "
                "hold it under `fixed`, or write sampler: tpe or gp"
            )
        if self.variant == "separable" and len(space) == 1:
            return (
                "search.sampler.variant is 'separable', but one dimension is searched and has nothing to separate; "
                "write variant: plain"
            )
        return _condition_problem(self.name, space)


class Random(Frozen):
    """Every configuration drawn independently from the space. Serves every space."""

    takes_warm_start: ClassVar[bool] = False
    takes_objectives: ClassVar[bool] = True
    name: Literal["random"] = "random"

    def build(self, seed: int, previous: "BaseSampler | None" = None) -> "BaseSampler":  # noqa: ARG002
        from optuna.samplers import RandomSampler

        return RandomSampler(seed=seed)

    def problem(self, space: Mapping[str, Dimension], trials: int) -> str | None:  # noqa: ARG002
        """None: every space is served."""
        return None


Sampler = Annotated[Tpe | Gp | CmaEs | Qmc | Random | Grid, Field(discriminator="name")]


def grouped(sampler: Sampler) -> Sampler:
    """The sampler as it serves a space with conditions."""
    return sampler.model_copy(update={"group": True}) if isinstance(sampler, Tpe) and sampler.multivariate else sampler


def _condition_problem(name: str, space: Mapping[str, Dimension]) -> str | None:
    conditional = [path for path, dimension in space.items() if dimension.when]
    if not conditional:
        return None
    return (
        f"space.{conditional[0]} has a condition, and search.sampler {name} needs every dimension in every trial; "
        "drop its `when`, or write sampler: tpe"
    )


@contextmanager
def experimental() -> Iterator[None]:
    """Lets Optuna's experimental settings be used without a warning at every suggestion: its version is pinned."""
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
