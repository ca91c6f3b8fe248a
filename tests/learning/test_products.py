"""Products are those of double precision, in any company; lower precision keeps the exact difference and trains."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from learning import ActivityNodePerturbation, Backpropagation, Decorrelation, Dense, Rule
from learning.losses import LOSSES
from learning.passes import clean_pass, difference_pass, layer_weights
from learning.products import Precision, add_product, added_product, product, tensor_cores, write_product
from learning.weights import initial_parameters, layer_views
from tests.learning.populations import RULES, small_shape, trained

PRODUCTS = torch.backends.cuda.matmul
LARGE = (3, 500, 70, 30)  # members, rows, inputs, outputs: large enough for oneDNN where there is one
SMALL = (3, 5, 7, 3)


def factors(members: int, rows: int, inputs: int, outputs: int, turned: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """turned: both are transposed views, as those of a gradient are."""
    generator = torch.Generator().manual_seed(7)
    if turned:
        a = torch.randn(members, inputs, rows, generator=generator).transpose(1, 2)
        return a, torch.randn(members, outputs, inputs, generator=generator).transpose(1, 2)
    return torch.randn(members, rows, inputs, generator=generator), torch.randn(
        members, inputs, outputs, generator=generator
    )


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_every_kind_of_product_is_that_of_double_precision(size: tuple[int, int, int, int], turned: bool) -> None:
    a, b = factors(*size, turned)
    exact = torch.bmm(a.double(), b.double()).float()
    row, written, added = torch.ones(size[0], 1, size[3]), torch.empty(exact.shape), torch.ones(exact.shape)
    write_product(written, a, b, 0.5, "float32")
    add_product(added, 3 * row, a, b)
    pairs = [(product(a, b), exact), (added_product(row, a, b, "float32"), exact + 1), (written, 0.5 * exact)]
    for result, expected in [*pairs, (added, exact + 3)]:
        torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("turned", [False, True])
def test_a_large_product_is_the_same_alone_and_in_company(turned: bool) -> None:
    """In its layout too, on which the last bits of what is computed from it depend."""
    a, b = factors(*LARGE, turned)
    for member, both in enumerate(product(a, b)):
        alone = product(a[member : member + 1], b[member : member + 1])[0]
        assert torch.equal(alone, both)
        assert alone.stride() == both.stride()


def test_a_large_product_can_be_differentiated() -> None:
    a, b = factors(*LARGE, turned=False)
    product(a.requires_grad_(), b).sum().backward()  # type: ignore[no-untyped-call]
    assert a.grad is not None
    torch.testing.assert_close(a.grad, b.sum(2).unsqueeze(1).expand(a.shape), rtol=1e-4, atol=1e-4)


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
