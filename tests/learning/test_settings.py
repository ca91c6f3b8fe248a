"""Settings refuse what cannot run, and say which field, which value, which rule and what to do."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, get_args

import pytest
import torch
from pydantic import Field, TypeAdapter, ValidationError

from learning import (
    HYPERPARAMETERS,
    SGD,
    ActivityNodePerturbation,
    Adam,
    Backpropagation,
    Conv,
    DataSet,
    Decorrelation,
    Dense,
    ForwardGradient,
    Hyperparameters,
    IterativeNodePerturbation,
    Network,
    NodePerturbation,
    Optimiser,
    Population,
    Rule,
    Shape,
    check_hyperparameter,
)
from tests.learning.populations import blobs, small_shape

REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: Dense(hidden=(64, 0)), "hidden = [64, 0]"),
    (lambda: Dense(hidden=(True,)), "hidden = [True]"),
    (lambda: Dense(activation="selu"), "activation = 'selu'"),  # type: ignore[arg-type]
    (lambda: Conv(channels=()), "channels = ()"),
    (lambda: Conv(stride=0), "stride = 0"),
    (lambda: Conv(padding=-1), "padding = -1"),
    (lambda: Conv(kernel=30, padding=0).layers((28, 28, 1), 10), "kernel = 30"),
    (lambda: Conv().layers((21,), 10), "network = 'conv'"),
    (lambda: Decorrelation(batch_fraction=0), "batch_fraction = 0"),
    (lambda: Decorrelation(batch_fraction=1.5), "batch_fraction = 1.5"),
    (lambda: Decorrelation(interval=0), "interval = 0"),
    (lambda: Decorrelation(whitening=math.nan), "whitening = nan"),
    (lambda: NodePerturbation(noise_passes=0), "noise_passes = 0"),
    (lambda: NodePerturbation(noise_distribution="uniform"), "noise_distribution = 'uniform'"),  # type: ignore[arg-type]
    (lambda: Adam(beta1=1.0), "beta1 = 1.0"),
    (lambda: Adam(epsilon=0.0), "epsilon = 0.0"),
    (lambda: Adam(epsilon=1e-50), "epsilon = 1e-50"),
    (lambda: SGD(momentum=-0.1), "momentum = -0.1"),
    (lambda: SGD(decay=1.1), "decay = 1.1"),
    (lambda: small_shape(NodePerturbation(), batch_size=0), "batch_size = 0"),
    (lambda: small_shape(NodePerturbation(), loss="hinge"), "loss = 'hinge'"),
    (lambda: small_shape(Backpropagation(), network=Dense(activation="step")), "activation = 'step'"),
    (lambda: small_shape(ForwardGradient(), network=Dense(activation="sign")), "activation = 'sign'"),
    (lambda: small_shape(NodePerturbation(), system_noise=0.1), "system_noise = 0.1"),
    (lambda: small_shape(IterativeNodePerturbation(), system_noise=0.1), "rule inp needs a clean pass"),
    (lambda: small_shape(ActivityNodePerturbation(), system_noise=-1.0), "system_noise = -1.0"),
    (lambda: Hyperparameters(learning_rate=0.0), "learning_rate = 0.0"),
    (lambda: Hyperparameters(learning_rate=math.inf), "learning_rate = inf"),
    (lambda: Hyperparameters(learning_rate=1e-50), "learning_rate = 1e-50: must be a number from 1e-30 to 3e+38"),
    (lambda: Hyperparameters(learning_rate=1e39), "learning_rate = 1e+39"),
    (lambda: Hyperparameters(learning_rate=1.0, noise_scale=1e25), "noise_scale = 1e+25"),
    (lambda: Hyperparameters(learning_rate=1.0, decorrelation_rate=1e39), "decorrelation_rate = 1e+39"),
    (lambda: small_shape(ActivityNodePerturbation(), system_noise=1e25), "system_noise = 1e+25"),
    (lambda: Hyperparameters(learning_rate=1.0, noise_scale=0.0), "noise_scale = 0.0"),
    (lambda: Hyperparameters(learning_rate=1.0, decorrelation_rate=-1.0), "decorrelation_rate = -1.0"),
    (lambda: check_hyperparameter("momentum", 0.9), "hyperparameter = 'momentum'"),
    (lambda: check_hyperparameter("learning_rate", "fast"), "learning_rate = 'fast'"),
    (lambda: Population(small_shape(NodePerturbation(), batch_size=1000), blobs()), "batch_size = 1000"),
]


@pytest.mark.parametrize(("make", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_a_setting_that_cannot_run_is_refused_with_field_value_rule_and_remedy(
    make: Callable[[], object], says: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as refusal:
        make()
    assert str(refusal.value).count(";") >= 1


@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_every_legal_hyperparameter_is_a_number_in_float32_and_so_is_the_squared_noise(name: str) -> None:
    legal = HYPERPARAMETERS[name]
    for value in (legal.low, legal.high):
        assert value in legal
        stored = torch.tensor(value, dtype=torch.float32)
        assert stored.isfinite()
        assert (stored > 0) == (value > 0)
    if name == "noise_scale":
        assert torch.tensor([legal.low, legal.high]).square().isfinite().all()
        assert torch.tensor([legal.low, legal.high]).square().all()


def test_a_shape_names_the_hyperparameters_it_reads() -> None:
    assert small_shape(Backpropagation()).hyperparameters == {"learning_rate"}
    assert small_shape(NodePerturbation()).hyperparameters == {"learning_rate", "noise_scale"}
    assert small_shape(ForwardGradient(), Decorrelation()).hyperparameters == {"learning_rate", "decorrelation_rate"}
    assert small_shape(ActivityNodePerturbation(), Decorrelation()).hyperparameters == set(HYPERPARAMETERS)
    assert small_shape(ActivityNodePerturbation(), system_noise=0.1).hyperparameters == {"learning_rate"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Hyperparameters(learning_rate=0.1), "noise_scale = None"),
        (Hyperparameters(learning_rate=0.1, noise_scale=0.1, decorrelation_rate=0.1), "decorrelation_rate = 0.1"),
    ],
)
def test_a_member_gives_exactly_the_hyperparameters_its_shape_reads(given: Hyperparameters, says: str) -> None:
    population = Population(small_shape(NodePerturbation()), blobs())
    with pytest.raises(ValueError, match=says):
        population.add("a", given, seed=0)
    assert population.keys() == []


def test_equal_shapes_are_one_key() -> None:
    shapes = [small_shape(rule(), Decorrelation()) for rule in get_args(Rule) for _ in range(2)]
    assert len(set(shapes)) == len(get_args(Rule))


@pytest.mark.parametrize(("union", "tag"), [(Rule, "name"), (Network, "kind"), (Optimiser, "name"), (DataSet, "name")])
def test_settings_serve_as_tagged_unions_that_serialise_back_to_themselves(union: Any, tag: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[union, Field(discriminator=tag)])
    for kind in get_args(union):
        setting = kind()
        assert adapter.validate_json(adapter.dump_json(setting)) == setting
        with pytest.raises(ValidationError, match="unheard_of"):
            adapter.validate_python({tag: getattr(setting, tag), "unheard_of": 1})


def test_a_shape_parses_from_json() -> None:
    adapter = TypeAdapter(Shape)
    shape = small_shape(ActivityNodePerturbation(noise_passes=2), Decorrelation(), network=Conv(), optimiser=SGD())
    assert adapter.validate_json(adapter.dump_json(shape)) == shape
