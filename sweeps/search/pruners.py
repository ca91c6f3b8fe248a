"""When a trial is stopped early. A new pruner: one class with a `build` and one name in `Pruner`.

Steps are epochs. Optuna is imported inside `build`, as in samplers.py.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sweeps.frozen import Frozen

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


class NoPruning(Frozen):
    """Every trial trains all its epochs."""

    name: Literal["none"] = "none"

    def build(self) -> "BasePruner":
        from optuna.pruners import NopPruner

        return NopPruner()


class Median(Frozen):
    """Stops a trial whose best value so far is worse than the median of the others at the same epoch."""

    name: Literal["median"] = "median"
    startup_trials: int = Field(default=5, ge=0, le=10_000)
    """Trials that must have finished before any is pruned."""
    warmup_epochs: int = Field(default=3, ge=0, le=100_000)
    """Epochs of each trial in which it is never pruned."""
    interval: int = Field(default=1, ge=1, le=100_000)
    """Epochs between two decisions."""

    def build(self) -> "BasePruner":
        from optuna.pruners import MedianPruner

        return MedianPruner(self.startup_trials, self.warmup_epochs, self.interval, n_min_trials=1)


class Percentile(Frozen):
    """Like median, with another percentile: 25 keeps the best quarter."""

    name: Literal["percentile"] = "percentile"
    percentile: float = Field(default=50.0, gt=0, le=100)
    startup_trials: int = Field(default=5, ge=0, le=10_000)
    warmup_epochs: int = Field(default=3, ge=0, le=100_000)
    interval: int = Field(default=1, ge=1, le=100_000)

    def build(self) -> "BasePruner":
        from optuna.pruners import PercentilePruner

        return PercentilePruner(self.percentile, self.startup_trials, self.warmup_epochs, self.interval, n_min_trials=1)


class Asha(Frozen):
    """Asynchronous successive halving (Li et al. 2020): at epochs min_epochs · factorⁿ the best 1/factor go on."""

    name: Literal["asha"] = "asha"
    min_epochs: int = Field(default=1, ge=1, le=100_000)
    factor: int = Field(default=4, ge=2, le=100)

    def build(self) -> "BasePruner":
        from optuna.pruners import SuccessiveHalvingPruner

        return SuccessiveHalvingPruner(
            min_resource=self.min_epochs,
            reduction_factor=self.factor,
            min_early_stopping_rate=0,
            bootstrap_count=0,
        )


Pruner = Annotated[NoPruning | Median | Percentile | Asha, Field(discriminator="name")]
