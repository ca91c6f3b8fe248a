"""What every learning rule promises, on tiny networks (STYLE §6)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

import pytest
import torch
from torch.nn.functional import cosine_similarity

from learning import (
    ActivityNodePerturbation,
    Backpropagation,
    ForwardGradient,
    Network,
    NodePerturbation,
    Rule,
    WeightPerturbation,
)
from learning.rules.perturbation import NoiseOptions
from learning.weights import parameter_count
from tests.learning.populations import NETWORKS, RULES
from tests.learning.probes import OUTPUTS, Decorrelated, layers_of, problem, true_gradient


def rule_name(rule: Rule) -> str:
    return rule.name


every_rule = pytest.mark.parametrize("rule", RULES, ids=rule_name)
every_unbiased_rule = pytest.mark.parametrize("rule", [rule for rule in RULES if rule.unbiased], ids=rule_name)
every_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.kind)
with_and_without = pytest.mark.parametrize("decorrelation", get_args(Decorrelated))

DRAWS = 20_000


@every_rule
@every_network
@with_and_without
def test_estimates_match_the_parameters_and_are_finite(
    rule: Rule, network: Network, decorrelation: Decorrelated
) -> None:
    probe = problem(rule, network, decorrelation=decorrelation, members=2)
    gradient = rule.gradient(probe)
    assert gradient.shape == (2, parameter_count(layers_of(network)))
    assert gradient.dtype == torch.float32
    assert gradient.isfinite().all()


@every_rule
@every_network
def test_the_same_noise_gives_the_same_estimate(rule: Rule, network: Network) -> None:
    first, second = (rule.gradient(problem(rule, network, seed=3)) for _ in range(2))
    assert torch.equal(first, second)


@every_rule
@with_and_without
def test_weights_inputs_and_noise_are_left_as_they_are(rule: Rule, decorrelation: Decorrelated) -> None:
    probe = problem(rule, NETWORKS[0], decorrelation=decorrelation)
    noise = probe.draw()
    held = [*noise, *[w.weight for w in probe.weights], *probe.clean.rows, *probe.clean.preactivations]
    before = [tensor.detach().clone() for tensor in held]
    rule.gradient(
        type(probe)(
            probe.layers, probe.weights, probe.clean, probe.targets, probe.loss, probe.noise_scale, lambda: noise
        )
    )
    for tensor, copy in zip(held, before, strict=True):
        assert torch.equal(tensor, copy)


@every_rule
@every_network
@with_and_without
def test_the_averaged_estimate_points_along_the_gradient(
    rule: Rule, network: Network, decorrelation: Decorrelated
) -> None:
    probe = problem(rule, network, decorrelation=decorrelation, members=DRAWS)
    mean = rule.gradient(probe).mean(0)
    assert cosine_similarity(mean, true_gradient(probe)[0], dim=0) >= rule.alignment - 1e-6


@every_unbiased_rule
@every_network
@with_and_without
def test_an_unbiased_estimate_has_the_gradients_size(rule: Rule, network: Network, decorrelation: Decorrelated) -> None:
    probe = problem(rule, network, decorrelation=decorrelation, members=DRAWS)
    mean, true = rule.gradient(probe).mean(0), true_gradient(probe)[0]
    assert (mean @ true / (true @ true)).item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.unbiased and r.noise_sizes(layers_of(NETWORKS[0]), 1)], ids=rule_name
)
@every_network
@pytest.mark.parametrize("decorrelation", ["none", "merged"])
def test_the_error_of_an_unbiased_average_falls_as_one_over_root_draws(
    rule: Rule, network: Network, decorrelation: Decorrelated
) -> None:
    probe = problem(rule, network, decorrelation=decorrelation, members=DRAWS)
    estimates, true = rule.gradient(probe), true_gradient(probe)[0]
    few = (estimates.view(DRAWS // 10, 10, -1).mean(1) - true).norm(dim=1).mean()
    many = (estimates.view(DRAWS // 1000, 1000, -1).mean(1) - true).norm(dim=1).mean()
    assert (few / many).item() == pytest.approx(10, rel=0.15)


@every_rule
@every_network
def test_duplicating_the_batch_does_not_change_the_scale(rule: Rule, network: Network) -> None:
    once = rule.gradient(problem(rule, network, members=4000)).mean(0)
    twice = rule.gradient(problem(rule, network, members=4000, repeats=2)).mean(0)
    true = true_gradient(problem(rule, network))[0]
    assert (once @ true / (twice @ true)).item() == pytest.approx(1, abs=0.1)


@every_network
@with_and_without
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_backpropagation_is_the_gradient(network: Network, decorrelation: Decorrelated, loss: str) -> None:
    rule = Backpropagation()
    probe = problem(rule, network, decorrelation=decorrelation, members=2, loss=loss)
    torch.testing.assert_close(rule.gradient(probe), true_gradient(probe), rtol=1e-4, atol=1e-6)


@every_network
@with_and_without
def test_the_activity_based_error_is_the_directional_derivative(network: Network, decorrelation: Decorrelated) -> None:
    rule = ActivityNodePerturbation()
    probe = problem(rule, network, decorrelation=decorrelation, dtype=torch.float64)
    noise = probe.draw()
    differences, loss_difference = probe.respond(noise)
    changes = [change for change in differences if change is not None]
    errors = [c.unsqueeze(-1) * d for c, d in rule.errors(noise, probe)]
    along = torch.stack([(e * change).sum(-1) for e, change in zip(errors, changes, strict=True)]).sum(0)
    units = sum(layer.units for layer in layers_of(network))
    torch.testing.assert_close(along, units * loss_difference)


@every_network
@with_and_without
def test_the_activity_based_error_is_on_average_what_its_docstring_says(
    network: Network, decorrelation: Decorrelated
) -> None:
    """N ⟨δz δzᵀ / ‖δz‖²⟩ ∂ℒ/∂z, with ⟨·⟩ and the average error over draws of their own."""
    rule = ActivityNodePerturbation()
    probe, other = (problem(rule, network, decorrelation=decorrelation, members=DRAWS, seed=seed) for seed in (0, 1))
    error = torch.cat([(c.unsqueeze(-1) * d).mean(0) for c, d in rule.errors(probe.draw(), probe)], -1)  # (batch, N)
    changes = torch.cat([change for change in other.respond(other.draw()).differences if change is not None], -1)
    outputs = other.clean.preactivations[-1].clone().requires_grad_()
    (of_outputs,) = torch.autograd.grad(other.loss.value(outputs, other.targets).sum(), outputs)
    directly = torch.zeros_like(changes)
    directly[..., -OUTPUTS:] = of_outputs  # ∂ℒ/∂z: of the last layer alone, since the loss sees no other
    along = (changes * directly).sum(-1, keepdim=True) / changes.square().sum(-1, keepdim=True)
    stated = changes.shape[-1] * (changes * along).mean(0)  # (batch, N)
    assert cosine_similarity(error.flatten(), stated.flatten(), dim=0) > 0.99
    assert (error.norm() / stated.norm()).item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("rule", [NodePerturbation(), WeightPerturbation()], ids=rule_name)
def test_antithetic_passes_cancel_what_is_even_in_the_noise(rule: NodePerturbation | WeightPerturbation) -> None:
    spread = {}
    for antithetic in (False, True):
        setting = replace(rule, antithetic=antithetic)
        probe = problem(setting, NETWORKS[0], members=500, noise_scale=1.0)
        spread[antithetic] = setting.gradient(probe).var(0).mean()
    assert spread[True] < spread[False]


@pytest.mark.parametrize("rule", [r for r in RULES if isinstance(r, NoiseOptions)], ids=rule_name)
def test_more_noise_passes_average_the_variance_down(rule: NoiseOptions) -> None:
    spread = {}
    for passes in (1, 4):
        setting = cast("Rule", replace(rule, noise_passes=passes))
        probe = problem(setting, NETWORKS[0], members=4000)
        spread[passes] = setting.gradient(probe).var(0).mean().item()
    assert spread[1] / spread[4] == pytest.approx(4, rel=0.15)


def test_forward_gradients_are_the_limit_of_node_perturbation() -> None:
    network = NETWORKS[1]
    limit = ForwardGradient().gradient(problem(ForwardGradient(), network, dtype=torch.float64))
    small = problem(NodePerturbation(), network, noise_scale=1e-7, dtype=torch.float64)
    torch.testing.assert_close(NodePerturbation().gradient(small), limit, rtol=1e-4, atol=1e-5)
