"""SweepSpec: the only description of a sweep. REST body, CLI file and YAML parse into it.

A specification that parses can run: arms are named apart, every searched path exists in its arm, and each arm is
built at both ends of every range before anything starts. What parses is resolved: names and spaces are filled in,
so the stored specification says everything that was done.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from learning import DataSet, higher_is_better
from sweeps.arm_space import ArmSpace, above, advised, problem, resolved_space
from sweeps.conditions import beside, check_named
from sweeps.configuration import (
    Configuration,
    KindOfNetwork,
    NamedRule,
    SwitchedDecorrelation,
    Template,
    Training,
    by_name,
)
from sweeps.frozen import Frozen
from sweeps.search_section import Search
from sweeps.space import MAX_ENQUEUED, Dimension, Float, Value

DEFAULT_SPACE: dict[str, Dimension] = {
    "learning_rate": Float(low=1e-4, high=3e-2, log=True),
    "noise_scale": Float(low=1e-5, high=1e-1, log=True),
    "decorrelation_rate": Float(low=1e-5, high=3e-2, log=True),
}
"""What is searched where the specification says nothing."""

CONFIRMATION_SEEDS_FROM = 1_000_000
"""Search seeds count up from `seed`, confirmation seeds from here above it: the two never meet."""

MAX_ARMS = 64

NAME = r"^[A-Za-z0-9][A-Za-z0-9._ -]*$"

NamedData = Annotated[
    Annotated[DataSet, Field(discriminator="name")],
    BeforeValidator(by_name, json_schema_input_type=DataSet | str),
]


class Arm(Frozen):
    """One entry of `compare`: searched on its own, with the same budget as every other."""

    name: str = Field(default="", max_length=60)
    """What the table calls it. Default: the rule, with a d before it where the arm decorrelates (danp)."""
    rule: NamedRule
    """The learning rule, by name or with its options."""
    decorrelation: SwitchedDecorrelation = None
    """Whether every layer's input is decorrelated: true, false, or its options."""
    fixed: dict[str, Value] = Field(default_factory=dict)
    """Values of this arm that are not searched, by path."""
    space: dict[str, Dimension] = Field(default_factory=dict)
    """What is searched in this arm, beside or instead of the entries of `search.space`."""
    enqueued: tuple[dict[str, Value], ...] = Field(default=(), max_length=MAX_ENQUEUED)
    """Configurations by hand, tried before what the sampler suggests, in this order, within the budget: values by
    path, each inside the searched range. What one leaves out is suggested. A running sweep takes more."""

    def label(self) -> str:
        return self.name or ("d" if self.decorrelation else "") + self.rule.name

    def over(self, index: int, template: Template) -> ArmSpace:
        """What this resolved arm, number `index`, can train."""
        return ArmSpace(f"compare[{index}] ({self.label()})", template, self.fixed, self.space)


class Budget(Frozen):
    """What each arm may spend."""

    trials: int = Field(ge=1, le=100_000)
    """Configurations tried in each arm."""


class Confirmation(Frozen):
    """After the search: the best configuration of each arm, trained anew and measured once on the test split."""

    seeds: int = Field(default=3, ge=1, le=1_000)
    """Networks with fresh seeds for each arm."""


class SweepSpec(Frozen):
    """One sweep: what is fixed, what is compared, what is searched, and how much of it."""

    name: str = Field(min_length=1, max_length=100, pattern=NAME)
    notes: str = Field(default="", max_length=10_000)
    data: NamedData
    network: KindOfNetwork
    training: Training
    search: Search = Search()
    budget: Budget
    replicates: int = Field(default=1, ge=1, le=100)
    """Networks (seeds) trained for each trial; the trial's value is their mean."""
    confirmation: Confirmation = Confirmation()
    seed: int = Field(default=0, ge=0, lt=CONFIRMATION_SEEDS_FROM - 1_000)
    lanes: int | Literal["auto"] = "auto"
    """Long-lived workers, each with a share of a device; auto: one a GPU, or one a CPU core."""
    trials_per_lane: int | Literal["auto"] = "auto"
    """Networks that one lane trains at once; auto: lanes find out by measuring up to which number training gets faster.
    Where memory does not suffice for so many, a lane goes on with half of them."""
    compare: tuple[Arm, ...] = Field(json_schema_extra={"minItems": 1, "maxItems": MAX_ARMS})
    """The arms, each searched on its own with the same budget."""

    @field_validator("training")
    @classmethod
    def _has_a_loss_for_the_data(cls, training: Training, info: ValidationInfo) -> Training:
        data = info.data.get("data")
        if data is not None and data.task != "classification" and training.loss == "cross_entropy":
            raise ValueError(
                f"loss is 'cross_entropy', which needs classes, and {data.name} has none; write loss: squared_error"
            )
        return training

    @field_validator("search")
    @classmethod
    def _has_objectives_of_the_data(cls, search: Search, info: ValidationInfo) -> Search:
        data = info.data.get("data")
        if data is not None and data.task != "classification" and "validation_accuracy" in search.objectives:
            raise ValueError(
                f"objectives name validation_accuracy, and {data.name} has no classes; name validation_loss"
            )
        return search

    @field_validator("lanes", "trials_per_lane")
    @classmethod
    def _is_auto_or_positive(cls, value: int | str) -> int | str:
        if isinstance(value, int) and not 1 <= value <= 10_000:
            raise ValueError(f"{value} is not between 1 and 10000; give a count or 'auto'")
        return value

    @field_validator("compare")
    @classmethod
    def _resolve(cls, arms: tuple[Arm, ...], info: ValidationInfo) -> tuple[Arm, ...]:
        if not {"network", "training", "search", "budget"} <= info.data.keys():
            return arms  # those fields' own errors are reported; nothing can be said about the arms yet
        if not 1 <= len(arms) <= MAX_ARMS:
            raise ValueError(f"{len(arms)} arms are listed; compare between 1 and {MAX_ARMS}")
        _check_names(arms)
        search, training, network = info.data["search"], info.data["training"], info.data["network"]
        templates = [
            Template(rule=arm.rule, decorrelation=arm.decorrelation, network=network, training=training) for arm in arms
        ]
        for index, (arm, template) in enumerate(zip(arms, templates, strict=True)):
            _check_parts(f"compare[{index}] ({arm.label()})", template)
        _check_shared_space(search.space, arms, templates)
        resolved = tuple(
            _resolved(index, arm, template, search)
            for index, (arm, template) in enumerate(zip(arms, templates, strict=True))
        )
        _check_searched(search.space, resolved)
        spaces = [
            arm.over(index, template) for index, (arm, template) in enumerate(zip(resolved, templates, strict=True))
        ]
        if "data" in info.data:
            for space in spaces:
                space.check_batches(info.data["data"])
        _check_budget(resolved, search, info.data["budget"].trials)
        for space in spaces:
            found = search.pruner.problem(space.epochs(), info.data.get("replicates", 1))
            if found:
                raise ValueError(f"{space.where}: {found}")
        return resolved

    def template(self, arm: int) -> Template:
        """What arm number `arm` trains, before its searched values are put in place."""
        entry = self.compare[arm]
        return Template(
            rule=entry.rule, decorrelation=entry.decorrelation, network=self.network, training=self.training
        )

    def arm_space(self, arm: int) -> ArmSpace:
        """What arm number `arm` can train."""
        return self.compare[arm].over(arm, self.template(arm))

    def probes(self, arm: int) -> Iterator[Configuration]:
        """Configurations that stand for all of an arm's: every dimension at its probes, one at a time."""
        return self.arm_space(arm).probes()

    def epochs(self, arm: int) -> int:
        """Epochs of the arm's longest trial."""
        return self.arm_space(arm).epochs()

    def search_seeds(self) -> range:
        """The seeds of every trial's replicates: the same for all, so that configurations differ by nothing else."""
        return range(self.seed, self.seed + self.replicates)

    def confirmation_seeds(self) -> range:
        start = CONFIRMATION_SEEDS_FROM + self.seed
        return range(start, start + self.confirmation.seeds)

    @property
    def metric(self) -> str:
        """The validation metric that the search improves, the first where it has several objectives."""
        if self.search.objectives:
            return self.search.objectives[0]
        return "validation_accuracy" if self.data.task == "classification" else "validation_loss"

    @property
    def maximise(self) -> bool:
        return higher_is_better(self.metric)

    @property
    def objectives(self) -> tuple[str, ...]:
        """What the search improves, `metric` first."""
        return self.search.objectives or (self.metric,)


def _check_names(arms: tuple[Arm, ...]) -> None:
    counts = Counter(arm.label() for arm in arms)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"two arms are called {twice[0]!r}; give one of them another `name`")


def _check_parts(where: str, template: Template) -> None:
    try:
        template.shape()
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _check_shared_space(space: Mapping[str, Dimension], arms: tuple[Arm, ...], templates: list[Template]) -> None:
    try:
        check_named(space, {path for arm in arms for path in (*arm.space, *arm.fixed)})
    except ValueError as error:
        raise ValueError(f"search.space.{error}") from error
    for path, dimension in space.items():
        end = dimension.probes()[0]
        problems = [
            problem(template, path, end, above(path, arm.fixed) | next(iter(beside({**space, **arm.space}, path)), {}))
            for arm, template in zip(arms, templates, strict=True)
        ]
        if all(problems):
            nearest = next((n for n, template in enumerate(templates) if template.has(path)), 0)
            said = advised(problems[nearest] or "", "take it out of what is searched")
            raise ValueError(f"search.space.{path} cannot be {end!r} in any arm of `compare`: {said}")


def _check_searched(space: Mapping[str, Dimension], resolved: tuple[Arm, ...]) -> None:
    for path, dimension in space.items():
        if dimension.when and not any(path in arm.space for arm in resolved):
            named = ", ".join(dimension.when)
            raise ValueError(f"search.space.{path}.when names {named}, which no arm searches or holds so; correct it")


def _resolved(index: int, arm: Arm, template: Template, search: Search) -> Arm:
    where = f"compare[{index}] ({arm.label()})"
    default = {name: DEFAULT_SPACE[name] for name in sorted(template.hyperparameters())}
    space = resolved_space(where, template, arm.fixed, arm.space, search.space, default)
    found = ArmSpace(where, template, arm.fixed, space)
    found.check()
    for place, values in enumerate(arm.enqueued):
        found.check_enqueued(f"{where}: enqueued[{place}]", values)
    return arm.model_copy(update={"name": arm.label(), "space": space})


def _check_budget(arms: tuple[Arm, ...], search: Search, trials: int) -> None:
    """Every arm's enqueued configurations fit into its budget, and the sampler can suggest the rest of it."""
    for index, arm in enumerate(arms):
        where, enqueued = f"compare[{index}] ({arm.name})", len(arm.enqueued)
        if enqueued > trials:
            raise ValueError(
                f"{where}: {enqueued} configurations are enqueued, but budget.trials is {trials}; raise budget.trials "
                f"to {enqueued} or more, or enqueue fewer"
            )
        problem = search.sampler.problem(arm.space, trials - enqueued)
        if problem:
            raise ValueError(f"{where}: {problem}")
