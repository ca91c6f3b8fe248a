"""Lower precision of the products keeps the exact difference and trains."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from learning import ActivityNodePerturbation, Backpropagation, Decorrelation, Dense, Rule
from learning.losses import LOSSES
from learning.passes import clean_pass, difference_pass, layer_weights
from learning.products import Precision, tensor_cores
from learning.weights import initial_parameters, layer_views
from tests.learning.populations import RULES, small_shape, trained

PRODUCTS = torch.backends.cuda.matmul


def loss_difference(scale: float, dtype: torch.dtype, precision: Precision) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    layers = Dense(hidden=(32, 32)).layers((16,), 5)
    parameters = initial_parameters(layers, 3).to(dtype).unsqueeze(0)
    views = enumerate(layer_views(layers, parameters))
    weights = [layer_weights(w, b, None, False, number == 0, precision) for number, (w, b) in views]
    inputs = torch.randn(1, 64, 16, generator=generator).to(dtype)
    noise = [(scale * torch.randn(1, 64, layer.units, generator=generator)).to(dtype) for layer in layers]
    clean = clean_pass(layers, weights, inputs)
    change = difference_pass(layers, weights, clean, noise)[-1]
    assert change is not None
    return LOSSES["cross_entropy"].difference(clean.preactivations[-1], change, torch.zeros(1, 64, dtype=torch.int64))


@pytest.mark.parametrize("scale", [1e-2, 1e-4, 1e-6, 1e-8])
def test_the_difference_in_bfloat16_is_as_good_at_any_noise_scale(scale: float) -> None:
    exact = loss_difference(scale, torch.float64, "float32")
    rounded = loss_difference(scale, torch.float32, "bfloat16")
    assert float((rounded - exact).norm() / exact.norm()) < 0.02


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_trains_in_bfloat16(rule: Rule) -> None:
    shape = small_shape(rule, Decorrelation(), precision="bfloat16")
    population = trained(shape, (1, 2), epochs=0)
    before = population.evaluate("train")
    for _ in range(12):
        population.train_epoch()
    after = population.evaluate("train")
    assert sum(m["train_loss"] for m in after.values()) < 0.9 * sum(m["train_loss"] for m in before.values())


def test_tf32_is_allowed_while_training_alone() -> None:
    before = PRODUCTS.fp32_precision
    with tensor_cores("tf32"):
        assert PRODUCTS.fp32_precision == "tf32"
    assert PRODUCTS.fp32_precision == before


def allow_by_the_older_switch() -> None:
    PRODUCTS.allow_tf32 = True


def allow_by_the_newer_switch() -> None:
    PRODUCTS.fp32_precision = "tf32"


@pytest.mark.parametrize("allow", [allow_by_the_older_switch, allow_by_the_newer_switch])
def test_a_notebook_may_have_allowed_tf32_by_either_of_torchs_switches(allow: Callable[[], None]) -> None:
    before = PRODUCTS.fp32_precision
    allow()
    try:
        population = trained(small_shape(Backpropagation()), (1,), epochs=1)
        population.evaluate("test")
        assert PRODUCTS.fp32_precision == "tf32"
    finally:
        PRODUCTS.fp32_precision = before


def test_evaluation_is_float32_whatever_training_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from inside: the precision that products are allowed while each split and the correlations are measured."""
    seen = []

    def noting(*args: Tensor) -> Tensor:
        seen.append(PRODUCTS.fp32_precision)
        return baddbmm(*args)

    baddbmm = torch.baddbmm
    population = trained(small_shape(Backpropagation(), Decorrelation(), precision="tf32"), (1,), epochs=0)
    monkeypatch.setattr(torch, "baddbmm", noting)
    population.evaluate("test")
    assert set(seen) == {"ieee"}
    population.train_epoch()
    assert set(seen) == {"ieee", "tf32"}
    assert seen[-1] == "ieee"  # the correlations, last


def test_on_a_cpu_tf32_is_float32() -> None:
    states = [
        trained(small_shape(ActivityNodePerturbation(), precision=p), (1,), 1).state(1) for p in ("float32", "tf32")
    ]
    for name, tensor in states[0].tensors.items():
        assert torch.equal(tensor, states[1].tensors[name])


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision = 'float8'"):
        small_shape(Backpropagation(), precision="float8")
