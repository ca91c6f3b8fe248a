"""The benchmarks' arithmetic and their one JSON object on the last line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

from learning import ActivityNodePerturbation, NodePerturbation
from learning.cost import epoch_multiply_adds, steps_of
from tests.benchmarks.accuracy import ARMS, Arm, summary, trained
from tests.benchmarks.calibration import NAMES, SIZES, Size, fitted, seconds_an_epoch, shape_of
from tests.benchmarks.measuring import interleaved, report
from tests.benchmarks.step import measure
from tests.learning.populations import blobs, history

CPU = torch.device("cpu")


def test_runs_are_interleaved_after_a_warm_up() -> None:
    calls: list[str] = []
    medians = interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2, CPU)
    assert calls == ["a", "b"] * 3
    assert medians.keys() == {"a", "b"}


def test_a_report_ends_with_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    report("step", {"anp_over_bp": 0.5}, {"batch": 10}, CPU, as_json=True)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last.keys() == {"benchmark", "figures", "settings", "machine"}
    assert last["figures"] == {"anp_over_bp": 0.5}


def test_peak_memory_sees_what_was_held_in_between() -> None:
    """In a process of its own: one that has freed memory before would use that again, unseen."""
    program = (
        "import torch; from tests.benchmarks.measuring import peak_memory; "
        "print(peak_memory(lambda: torch.ones(16 * 2**20).sum(), torch.device('cpu')) / 2**20)"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert float(printed) == pytest.approx(64, abs=16)


def test_a_step_is_measured_for_every_name() -> None:
    seconds = measure((8,), 10, 2, 2, ["np", "danp"], 1, CPU, "cpu")
    assert seconds.keys() == {"torch", "np", "danp"}
    assert min(seconds.values()) > 0


def test_two_numbers_of_a_rule_are_fitted_to_what_epochs_took() -> None:
    shapes = [shape_of("danp", size) for size in SIZES]
    law = [
        4e-6 * steps_of(shape, size.data) + 2e-10 * epoch_multiply_adds(shape, size.data)
        for shape, size in zip(shapes, SIZES, strict=True)
    ]
    figures = fitted("danp", law)
    assert figures == pytest.approx({"danp_step_us": 4.0, "danp_multiply_add_ps": 200.0, "danp_worst": 1.0})


def test_an_epoch_is_measured_for_every_name() -> None:
    size = Size(inputs=4, hidden=(3,), batch=10, samples=60)
    assert all(seconds_an_epoch(name, size, members=2, repeats=1, clock="wall") > 0 for name in NAMES)


def test_a_summary_is_the_mean_and_spread_of_best_and_last_epochs() -> None:
    by_seed = [history("test_accuracy", 0.5, 0.8, 0.7), history("test_accuracy", 0.6, 0.6, 0.6)]
    figures = summary({"anp": by_seed})
    assert figures["anp_mean"] == pytest.approx(0.7)
    assert figures["anp_std"] == pytest.approx(0.2 / 2**0.5)
    assert figures["anp_last_mean"] == pytest.approx(0.65)


def test_a_seed_that_diverged_counts_with_the_accuracy_it_measured() -> None:
    by_seed = [history("test_accuracy", 0.1, 0.1, diverged_from=1), history("test_accuracy", 0.5, 0.3)]
    assert summary({"anp": by_seed})["anp_mean"] == pytest.approx(0.3)


def test_a_noisy_system_is_summed_up_under_its_own_noise_as_well() -> None:
    arm = Arm("loud", ActivityNodePerturbation(), 1e-2, system_noise=2.0)
    figures = summary(trained([arm], blobs(3000), seeds=2, epochs=2))
    assert figures["loud_noisy_mean"] < figures["loud_mean"]
    assert {"loud_noisy_std", "loud_noisy_last_mean"} < figures.keys()


def test_arms_of_one_shape_share_a_population_and_keep_their_curves_apart() -> None:
    arms = [Arm("loud", NodePerturbation(), 1e-2, noise=1.0), Arm("quiet", NodePerturbation(), 1e-2, noise=1e-3)]
    histories = trained(arms, blobs(3000), seeds=2, epochs=2)
    lengths = {name: [len(own.reports) for own in by_seed] for name, by_seed in histories.items()}
    assert lengths == {"loud": [2, 2], "quiet": [2, 2]}
    assert histories["loud"] != histories["quiet"]


def test_every_arm_can_run_and_has_its_own_name() -> None:
    assert len({arm.name for arm in ARMS}) == len(ARMS)
    for arm in ARMS:
        arm.shape().check(arm.numbers())
