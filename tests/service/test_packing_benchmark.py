"""The benchmark of packing: that it runs, and that what it compares with learns."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
import torch

from learning import Digits, load_data
from service.answers.views import TrialSummary
from sweeps.states import Origin, TrialState
from tests.benchmarks.packing import Measured, Searched, Size, compared, figures_of, swept
from tests.benchmarks.process_a_trial import Network, learn
from tests.chaos.embedded import EmbeddedStack

SMALL = Size(trials=2, epochs=1, device="cpu", data="digits")


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_every_figure_of_a_small_run_is_measured(embedded: EmbeddedStack) -> None:
    with embedded.client() as client:
        sweeps = swept(client, ["danp"], SMALL)
    repeat = compared(sweeps, SMALL)["danp"]
    figures = figures_of("danp", SMALL, [repeat])
    assert all(math.isfinite(value) and value > 0 for value in figures.values())
    assert len(repeat.process_a_trial["values"]) == SMALL.trials


def test_figures_are_ratios_of_medians() -> None:
    trials = [a_trial(0.5), a_trial(0.7)]
    repeats = [
        Measured(Searched(4.0, seconds, trials), Searched(4.0, 12.0, trials), {"seconds": 60.0, "values": [0.6, 0.2]})
        for seconds in (6.0, 10.0, 8.0)
    ]
    figures = figures_of("anp", SMALL, repeats)
    assert figures["speedup_anp"] == pytest.approx(60 / 8)
    assert figures["speedup_in_lanes_anp"] == pytest.approx(60 / 4)
    assert figures["packing_only_anp"] == pytest.approx(8 / 4)
    assert figures["trials_per_hour_anp"] == pytest.approx(2 * 3600 / 8)
    assert figures["npsweep_accuracy_anp"] == 0.7
    assert figures["process_a_trial_accuracy_anp"] == 0.6


@pytest.mark.parametrize("decorrelation", [False, True])
@torch.no_grad()
def test_the_straightforward_implementation_learns(decorrelation: bool) -> None:
    torch.manual_seed(0)
    data = load_data(Digits())
    x, y = data.networks_input(data.train.inputs), data.train.targets
    network = Network([data.inputs, 32, data.outputs], decorrelation, "cpu")
    optimiser = torch.optim.Adam([*network.weights, *network.biases], lr=1e-2)
    for _ in range(200):
        inputs = learn(network, x[:500], y[:500], 1e-3)
        optimiser.step()
        network.decorrelate(inputs, 1e-3)
    accuracy = (network.forward(x[:500])[1][-1].argmax(1) == y[:500]).float().mean()
    assert float(accuracy) > 0.6


def a_trial(value: float) -> TrialSummary:
    return TrialSummary(
        number=0,
        arm="anp",
        arm_number=0,
        state=TrialState.COMPLETED,
        configuration={},
        value=value,
        spread=None,
        epoch=1,
        reason=None,
        attempt=1,
        created_at=datetime.now(UTC),
        started_at=None,
        finished_at=None,
        device_seconds=1.0,
        tracking=None,
        origin=Origin.SAMPLER,
        heard=0,
        told=1,
        objectives=None,
    )
