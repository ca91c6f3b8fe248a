"""What one arm can train: its template, what it holds fixed, what it searches; checked before anything starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from learning import DataSet
from sweeps.conditions import Space, beside, complete, in_order
from sweeps.configuration import Configuration, Template
from sweeps.space import Dimension, Value, same


@dataclass(frozen=True)
class ArmSpace:
    """Every check raises ValueError with the path in front, the value, the rule and the remedy."""

    where: str
    """How messages call the arm."""
    template: Template
    fixed: Mapping[str, Value]
    space: Space
    """In an order in which conditions name earlier dimensions only."""

    def probes(self) -> Iterator[Configuration]:
        """Configurations that stand for all: every dimension at its probes, one at a time, where it is searched."""
        yield self._configuration({})
        for path, dimension in self.space.items():
            for value in dimension.probes()[0 if dimension.when else 1 :]:
                yield self._configuration(beside(self.space, path)[0] | {path: value})

    def epochs(self) -> int:
        """Epochs of the longest trial."""
        return max(configuration.epochs for configuration in self.probes())

    def check(self) -> None:
        """Every value that is fixed or can be suggested exists in this arm and is legal by itself."""
        for path in self.fixed.keys() & self.space.keys():
            raise ValueError(
                f"{self.where}: {path} is both fixed at {self.fixed[path]!r} and searched; keep one of them"
            )
        for path, value in self.fixed.items():
            found = problem(self.template, path, value, above(path, self.fixed))
            if found:
                raise ValueError(f"{self.where}: fixed.{path} is {value!r}: {advised(found, 'hold another value')}")
        for path, dimension in self.space.items():
            self._check_dimension(path, dimension)

    def _check_dimension(self, path: str, dimension: Dimension) -> None:
        if dimension.when and path in self.template.hyperparameters():
            raise ValueError(
                f"{self.where}: space.{path} has a condition, and this arm's rule needs it in every trial; drop its "
                "`when`, or compare two arms"
            )
        combinations = beside(self.space, path)
        if not combinations:
            raise ValueError(
                f"{self.where}: space.{path} is never searched: its conditions exclude each other; drop one"
            )
        for others, value in product(combinations, dimension.probes()):
            found = problem(self.template, path, value, above(path, self.fixed) | others)
            if found:
                with_others = f" where {others}" if others else ""
                said = advised(found, "take it out of what is searched")
                raise ValueError(f"{self.where}: space.{path} reaches {value!r}{with_others}: {said}")

    def check_batches(self, data: DataSet) -> None:
        """No batch is larger than the training split."""
        largest = max(configuration.shape.batch_size for configuration in self.probes())
        if largest > data.training_samples:
            raise ValueError(
                f"{self.where}: training.batch_size reaches {largest}, and {data.name} has {data.training_samples} "
                "training samples; use a smaller batch"
            )

    def check_enqueued(self, where: str, values: Mapping[str, Value]) -> None:
        """The values can be tried; `where` stands before the path in messages."""
        if not values:
            raise ValueError(f"{where} gives no value; write some of {', '.join(sorted(self.space))}, or leave it out")
        for path, value in values.items():
            if path in self.fixed:
                raise ValueError(
                    f"{where}.{path} is {value!r}, but this arm holds it fixed at {self.fixed[path]!r}; leave it out"
                )
            if path not in self.space:
                known = ", ".join(sorted(self.space))
                raise ValueError(f"{where}.{path} is not searched in this arm; write some of {known}")
            found = self.space[path].problem(value)
            if found:
                raise ValueError(f"{where}.{path} is {value!r}: {found}; change it, or widen what is searched")
            if not self.space[path].applies(values):
                condition = "; and ".join(
                    f"{named} is one of {wanted}" for named, wanted in self.space[path].when.items()
                )
                raise ValueError(f"{where}.{path} is searched only where {condition}; give it so, or leave this out")

    def _configuration(self, wanted: Mapping[str, Value]) -> Configuration:
        return self.template.configure({**complete(self.space, wanted), **self.fixed})


def resolved_space(
    where: str, template: Template, fixed: Mapping[str, Value], own: Space, shared: Space, default: Space
) -> dict[str, Dimension]:
    """What an arm searches: its own dimensions, of the shared ones those that exist in it, and the default ones where
    nothing else is said, in an order in which conditions name earlier dimensions only.

    Conditions on what the arm holds fixed are decided here: met, they are dropped; unmet, the dimension is, and one of
    the arm's own is an error.
    """
    space = _decided(where, own, fixed, is_own=True)
    offered = {path: one for path, one in shared.items() if path not in own and path not in fixed}
    space |= _existing(template, fixed, _decided(where, offered, fixed, is_own=False), space)
    space |= {name: dimension for name, dimension in default.items() if name not in space and name not in fixed}
    try:
        return in_order(space)
    except ValueError as error:
        raise ValueError(f"{where}: space.{error}") from error


def advised(found: str, remedy: str) -> str:
    """What was found to be wrong, with a remedy where it says none itself."""
    return found if "; " in found else f"{found}; {remedy}"


def above(path: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the values in whose inside `path` lies: `training.optimiser` above `training.optimiser.momentum`."""
    return {name: value for name, value in values.items() if path.startswith(f"{name}.")}


def problem(template: Template, path: str, value: Value, others: Mapping[str, Value] | None = None) -> str | None:
    """Why `value` cannot stand at `path` beside `others` in this arm; None where it can. No other value matters."""
    numbers: dict[str, Value] = dict.fromkeys(template.hyperparameters(), 0.001)
    try:
        template.configure(numbers | dict(others or {}) | {path: value})
    except ValueError as error:
        return str(error)
    return None


def _decided(where: str, space: Space, fixed: Mapping[str, Value], is_own: bool) -> dict[str, Dimension]:
    found: dict[str, Dimension] = {}
    for path, dimension in space.items():
        known = {named: values for named, values in dimension.when.items() if named in fixed}
        met = all(any(same(fixed[named], value) for value in values) for named, values in known.items())
        if not met and is_own:
            raise ValueError(
                f"{where}: space.{path} is never searched, since this arm holds {', '.join(known)} fixed; "
                "keep one of the two"
            )
        if met:
            left = {named: values for named, values in dimension.when.items() if named not in fixed}
            found[path] = dimension.model_copy(update={"when": left})
    return found


def _existing(template: Template, fixed: Mapping[str, Value], offered: Space, own: Space) -> dict[str, Dimension]:
    """The dimensions whose paths exist in the arm, where their conditions, if they have any, are met."""
    found = dict(offered)
    while True:
        space = {**own, **found}
        missing = [path for path in found if not _exists(template, fixed, space, path)]
        if not missing:
            return found
        for path in missing:
            del found[path]


def _exists(template: Template, fixed: Mapping[str, Value], space: Space, path: str) -> bool:
    if not space[path].when.keys() <= space.keys():
        return False
    try:
        return any(template.has(path, above(path, fixed) | others) for others in beside(space, path))
    except ValueError:
        return False
