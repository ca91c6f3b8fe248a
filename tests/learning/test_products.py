"""Lower precision of the products keeps the exact difference and trains."""

from __future__ import annotations

import pytest
import torch

from learning import ActivityNodePerturbation, Backpropagation, Decorrelation, Dense, Rule
from learning.losses import LOSSES
from learning.passes import clean_pass, difference_pass, layer_weights
from learning.products import Precision, tensor_cores
from learning.weights import initial_parameters, layer_views
from tests.learning.populations import RULES, small_shape, trained


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
    before = torch.backends.cuda.matmul.allow_tf32
    with tensor_cores("tf32"):
        assert torch.backends.cuda.matmul.allow_tf32
    assert torch.backends.cuda.matmul.allow_tf32 == before


def test_on_a_cpu_tf32_is_float32() -> None:
    states = [
        trained(small_shape(ActivityNodePerturbation(), precision=p), (1,), 1).state(1) for p in ("float32", "tf32")
    ]
    for name, tensor in states[0].tensors.items():
        assert torch.equal(tensor, states[1].tensors[name])


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision = 'float8'"):
        small_shape(Backpropagation(), precision="float8")
