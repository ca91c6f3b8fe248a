"""Samplers that need no history: trial n is point n of a sequence fixed in advance, before and after any restart."""

import itertools
import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from sweeps.conditions import branches, complete
from sweeps.frozen import Frozen
from sweeps.space import Dimension, Value

MOST_BRANCHES = 1_000
"""Combinations of the values that conditions name."""


class Grid(Frozen):
    """Every combination of evenly spaced points, in a fixed order: trial n is always the same configuration."""

    takes_warm_start: ClassVar[bool] = False
    takes_objectives: ClassVar[bool] = True
    name: Literal["grid"] = "grid"
    points: int = Field(default=3, ge=1, le=1_000)
    """Points along each float or int dimension; a choice contributes every value."""

    def point(self, space: Mapping[str, Dimension], seed: int, number: int) -> dict[str, Value]:  # noqa: ARG002
        """The values of trial `number` (from 0; after the last point follows the first), by path."""
        place = number % self.size(space)
        for decided, axes in branches(space, self.points):
            if place < _size(axes):
                beside = next(itertools.islice(itertools.product(*axes.values()), place, None))
                return decided | dict(zip(axes, beside, strict=True))
            place -= _size(axes)
        raise AssertionError("a grid's branches hold all of its points")

    def size(self, space: Mapping[str, Dimension]) -> int:
        """The number of points."""
        return sum(_size(axes) for _, axes in branches(space, self.points))

    def problem(self, space: Mapping[str, Dimension], trials: int) -> str | None:
        """Why this sampler cannot suggest `trials` configurations of `space`; None where it can."""
        many = next(itertools.islice(branches(space, self.points), MOST_BRANCHES, None), None)
        if many is not None:
            return f"conditions name more than {MOST_BRANCHES} combinations of values, too many for a grid; name fewer"
        size = self.size(space)
        if trials <= size:
            return None
        return (
            f"budget.trials asks {trials} of the sampler, but the grid has {size} points; "
            f"lower budget.trials by {trials - size} or raise search.sampler.points"
        )


class Qmc(Frozen):
    """A quasi-random sequence: fills the space more evenly than random draws and, like them, learns from nothing.

    Serves every space: a whole number or a choice gets its share of the sequence's coordinate. Sobol is most even
    where budget.trials is a power of two.
    """

    takes_warm_start: ClassVar[bool] = False
    takes_objectives: ClassVar[bool] = True
    name: Literal["qmc"] = "qmc"
    sequence: Literal["sobol", "halton"] = "sobol"
    scramble: bool = True
    """Whether the sequence is randomised by the arm's seed; unscrambled, trial 0 has every dimension at its low."""

    def point(self, space: Mapping[str, Dimension], seed: int, number: int) -> dict[str, Value]:
        """The values of trial `number` (from 0), by path. `seed` must be the same for all trials of an arm."""
        if not space:
            return {}
        from scipy.stats import qmc  # type: ignore[import-untyped]  # scipy ships no types

        kind = qmc.Sobol if self.sequence == "sobol" else qmc.Halton
        engine = kind(len(space), scramble=self.scramble, rng=seed)
        if number:
            engine.fast_forward(number)
        fractions = engine.random(1)[0]
        values = {
            path: dimension.at(min(float(fraction), 1 - 2**-53))
            for (path, dimension), fraction in zip(space.items(), fractions, strict=True)
        }
        return complete(space, values)

    def problem(self, space: Mapping[str, Dimension], trials: int) -> str | None:  # noqa: ARG002
        """None: every space is served."""
        return None


def _size(axes: Mapping[str, list[Value]]) -> int:
    return math.prod(map(len, axes.values()))
