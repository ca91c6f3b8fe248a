"""How the next configuration is chosen. A new sampler: one class with a `build` and one name in `Sampler`.

Optuna is imported inside `build`, so that reading a specification does not cost its import.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sweeps.frozen import Frozen

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


class Tpe(Frozen):
    """Tree-structured Parzen estimator (Bergstra et al. 2011), multivariate, with a constant liar for
    trials that still run."""

    name: Literal["tpe"] = "tpe"
    startup_trials: int = Field(default=8, ge=1, le=10_000)
    """Configurations drawn at random before the model is used."""
    candidates: int = Field(default=24, ge=1, le=10_000)
    """Candidates drawn from the good trials' density for each suggestion."""
    multivariate: bool = True
    constant_liar: bool = True

    def build(self, seed: int) -> "BaseSampler":
        from optuna.samplers import TPESampler

        return TPESampler(
            n_startup_trials=self.startup_trials,
            n_ei_candidates=self.candidates,
            multivariate=self.multivariate,
            group=False,
            constant_liar=self.constant_liar,
            seed=seed,
        )


class Random(Frozen):
    """Every configuration drawn independently from the space."""

    name: Literal["random"] = "random"

    def build(self, seed: int) -> "BaseSampler":
        from optuna.samplers import RandomSampler

        return RandomSampler(seed=seed)


class Grid(Frozen):
    """Every combination of evenly spaced points, in a fixed order: trial n is always the same configuration."""

    name: Literal["grid"] = "grid"
    points: int = Field(default=3, ge=1, le=1_000)
    """Points along each float or int dimension; a choice contributes every value."""

    def build(self, seed: int) -> "BaseSampler":
        from optuna.samplers import RandomSampler

        return RandomSampler(seed=seed)


Sampler = Annotated[Tpe | Random | Grid, Field(discriminator="name")]
