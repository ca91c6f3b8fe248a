"""The `search` section of a specification: what is varied, what is improved, and how."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from sweeps.configuration import by_name
from sweeps.frozen import Frozen
from sweeps.search.pruners import NoPruning, Pruner
from sweeps.search.samplers import Sampler, Tpe
from sweeps.space import Dimension

DEVICE_SECONDS = "device_seconds"
Objective = Literal["validation_accuracy", "validation_loss", "device_seconds"]

NamedSampler = Annotated[Sampler, BeforeValidator(by_name, json_schema_input_type=Sampler | str)]
NamedPruner = Annotated[Pruner, BeforeValidator(by_name, json_schema_input_type=Pruner | str)]
SweepNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Search(Frozen):
    """What is searched in every arm that has it, and how."""

    space: dict[str, Dimension] = Field(default_factory=dict)
    """Dimensions by path. An entry applies to the arms that have its path; learning rate, noise scale and
    decorrelation rate are searched in default ranges where neither the arm nor this space names them."""
    objectives: tuple[Objective, ...] = Field(default=(), max_length=4)
    """What is improved, for example [validation_accuracy, device_seconds]: the first chooses the trial that is
    confirmed, and the report holds the Pareto front of all. Empty: the accuracy, or the loss of a regression, alone.
    device_seconds is a network's share of its device's time, all its attempts together: it is measured, and differs
    from run to run."""
    sampler: NamedSampler = Tpe()
    pruner: NamedPruner = NoPruning()
    warm_start: tuple[SweepNumber, ...] = Field(default=(), max_length=100)
    """Ids of earlier sweeps of the team. The sampler of each arm begins with all of their trials that the arm could
    have suggested: the same data, network, rule, training and epochs, and values inside its ranges."""

    @field_validator("objectives")
    @classmethod
    def _begin_with_a_metric(cls, objectives: tuple[Objective, ...]) -> tuple[Objective, ...]:
        if len(set(objectives)) < len(objectives):
            raise ValueError(f"{list(objectives)} names an objective twice; name each once")
        if objectives and objectives[0] == DEVICE_SECONDS:
            raise ValueError(
                "device_seconds stands first, but the first objective chooses what is confirmed; name a metric"
            )
        return objectives

    @field_validator("sampler")
    @classmethod
    def _takes_the_objectives(cls, sampler: Sampler, info: ValidationInfo) -> Sampler:
        if len(info.data.get("objectives", ())) > 1 and not sampler.takes_objectives:
            raise ValueError(f"{sampler.name} improves one objective, and several are named; write sampler: tpe or gp")
        return sampler

    @field_validator("pruner")
    @classmethod
    def _leaves_several_objectives_alone(cls, pruner: Pruner, info: ValidationInfo) -> Pruner:
        if len(info.data.get("objectives", ())) > 1 and not isinstance(pruner, NoPruning):
            raise ValueError(f"{pruner.name} compares one value, and several objectives are named; write pruner: none")
        return pruner

    @field_validator("warm_start")
    @classmethod
    def _can_be_learnt_from(cls, sweeps: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        sampler = info.data.get("sampler")
        if sweeps and sampler is not None and not sampler.takes_warm_start:
            raise ValueError(
                f"search.sampler {sampler.name} cannot begin with trials of earlier sweeps; leave warm_start out, or "
                "write sampler: tpe or gp"
            )
        if sweeps and len(info.data.get("objectives", ())) > 1:
            raise ValueError(
                "several objectives are named, and earlier trials have one value each; leave warm_start out"
            )
        if len(set(sweeps)) < len(sweeps):
            raise ValueError(f"{list(sweeps)} names a sweep twice; name each once")
        return sweeps
