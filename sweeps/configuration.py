"""From searched values to what is trained: a template with values put in place becomes a shape and hyperparameters."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import groupby
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from learning import Adam, Decorrelation, Hyperparameters, Network, Optimiser, Rule, Shape
from sweeps.frozen import Frozen
from sweeps.space import Value

HYPERPARAMETERS = tuple(field.name for field in fields(Hyperparameters))
"""Names searched without a path: one number a member. Everything else is a path such as `training.batch_size`."""


def by_name(value: object) -> object:
    """Lets a person write `rule: anp` for `rule: {name: anp}`."""
    return {"name": value} if isinstance(value, str) else value


def switched(value: object) -> object:
    """Lets a person write `decorrelation: true` for its defaults and `false` for none."""
    return ({} if value else None) if isinstance(value, bool) else value


NamedRule = Annotated[
    Annotated[Rule, Field(discriminator="name")], BeforeValidator(by_name, json_schema_input_type=Rule | str)
]
NamedOptimiser = Annotated[
    Annotated[Optimiser, Field(discriminator="name")],
    BeforeValidator(by_name, json_schema_input_type=Optimiser | str),
]
SwitchedDecorrelation = Annotated[
    Decorrelation | None, BeforeValidator(switched, json_schema_input_type=Decorrelation | bool | None)
]
KindOfNetwork = Annotated[Network, Field(discriminator="kind")]


class Training(Frozen):
    """How every network of the sweep is trained."""

    epochs: int = Field(ge=1, le=100_000)
    batch_size: int = Field(ge=1, le=1_000_000)
    optimiser: NamedOptimiser = Adam()
    loss: Literal["cross_entropy", "squared_error"] = "cross_entropy"
    system_noise: float = Field(default=0.0, ge=0.0)
    """Standard deviation of the noise in every pass of the network itself, which nobody can read; anp alone learns
    in such a system."""


@dataclass(frozen=True)
class Configuration:
    """One trial, ready to train: members of equal `shape` share a population."""

    shape: Shape
    hyperparameters: Hyperparameters
    epochs: int


class Template(Frozen):
    """An arm before its searched values are put in place."""

    rule: NamedRule
    decorrelation: SwitchedDecorrelation = None
    network: KindOfNetwork
    training: Training

    def hyperparameters(self) -> frozenset[str]:
        """The one-number-a-member names that this arm reads."""
        return self.shape().hyperparameters

    def has(self, path: str, beside: Mapping[str, Value] = MappingProxyType({})) -> bool:
        """Whether this arm has a value at `path`, where the values `beside` stand in place. Raises as configure."""
        return path in self.hyperparameters() or bool(self.placed(beside).values(path))

    def placed(self, values: Mapping[str, Value]) -> "Template":
        """With the structural ones of the values in place. Raises as configure."""
        return self._with({name: value for name, value in values.items() if name not in HYPERPARAMETERS})

    def values(self, path: str) -> dict[str, Value]:
        """What stands at a structural `path`, by the path; empty where nothing does."""
        parent = _parent(self.model_dump(mode="json"), path)
        return {} if parent is None else {path: parent[path.rpartition(".")[2]]}

    def configure(self, values: Mapping[str, Value]) -> Configuration:
        """Puts `values` in place. Raises ValueError for a path that does not exist or a value out of its range."""
        numbers = {name: value for name, value in values.items() if name in HYPERPARAMETERS}
        placed = self.placed(values)
        shape = placed.shape()
        for name in numbers:
            if name not in shape.hyperparameters:
                raise ValueError(
                    f"{name} does not exist here, since rule and decorrelation of this arm read only "
                    f"{', '.join(sorted(shape.hyperparameters))}; remove it"
                )
        return Configuration(shape, Hyperparameters(**numbers), placed.training.epochs)  # type: ignore[arg-type]

    def _with(self, structure: dict[str, Value]) -> "Template":
        """Places what is nearest to the root first: `training.optimiser` makes `training.optimiser.momentum` exist."""
        placed = self
        for _, paths in groupby(sorted(structure, key=_depth), key=_depth):
            document = placed.model_dump(mode="json")
            for path in paths:
                _place(document, path, structure[path])
            try:
                placed = Template.model_validate(document)
            except ValidationError as error:
                raise ValueError(f"{first_problem(error)}") from error
        return placed

    def shape(self) -> Shape:
        """What the arm's members have in common. Raises ValueError for parts that do not go together."""
        return Shape(
            rule=self.rule,
            decorrelation=self.decorrelation,
            network=self.network,
            optimiser=self.training.optimiser,
            batch_size=self.training.batch_size,
            loss=self.training.loss,
            system_noise=self.training.system_noise,
        )


def first_problem(error: ValidationError) -> str:
    """One line for the first of pydantic's findings: where, what stands there, which rule."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where} is {problem['input']!r}: {problem['msg']}"


def _depth(path: str) -> int:
    return path.count(".")


def _place(document: dict[str, Any], path: str, value: Value) -> None:
    parent = _parent(document, path)
    if parent is None:
        _check_kind(document, path)
        known = [*HYPERPARAMETERS, *_paths(document)]
        near = difflib.get_close_matches(path, known, n=1)
        raise ValueError(
            f"{path} does not exist; " + (f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}")
        )
    parent[path.rpartition(".")[2]] = value


def _check_kind(document: dict[str, Any], path: str) -> None:
    """Raises ValueError for what may belong to another of its kind: momentum, where the optimiser is adam."""
    above, _, leaf = path.rpartition(".")
    node: Any = document
    for part in above.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    if isinstance(node, dict) and "name" in node and leaf not in node:
        raise ValueError(
            f"{path} does not exist where {above} is {node['name']!r}; if it belongs to another, write "
            f"`when: {{{above}: …}}`, else one of {', '.join(name for name in node if name != 'name')}"
        )


def _paths(document: dict[str, Any]) -> Iterator[str]:
    """Every path in the document that leads to a value."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from (f"{name}.{rest}" for rest in _paths(value))
        elif name not in ("name", "kind"):
            yield name


def _parent(document: dict[str, Any], path: str) -> dict[str, Any] | None:
    """The object that holds the value at `path`; None where there is no such value."""
    *parents, leaf = path.split(".")
    node: Any = document
    for parent in parents:
        node = node.get(parent) if isinstance(node, dict) else None
    return node if parents and isinstance(node, dict) and leaf in node and leaf not in ("name", "kind") else None
