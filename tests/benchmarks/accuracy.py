"""Test accuracy of the rules on Fashion-MNIST, at the published settings.

    python -m tests.benchmarks.accuracy [--json] [--epochs 20] [--seeds 3] [--only anp danp …] [--data-dir data]

784-64-64-10, leaky ReLU, batch 500, Adam, Gaussian noise; the three seeds of an arm train as one population, and
so do arms that differ in their numbers alone. A figure is the mean over seeds of the best epoch's test accuracy, as
published (`<arm>_mean`, `_std`), and of the last epoch's (`_last_mean`). A noisy system is measured clean, under these
names, and under its own noise (`<arm>_noisy_mean`, `_noisy_std`, `_noisy_last_mean`). Settings are fixed below.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, cast

import torch
from torch import Tensor

from learning import (
    ActivityNodePerturbation,
    Backpropagation,
    Conv,
    Data,
    Decorrelation,
    Dense,
    FashionMnist,
    ForwardGradient,
    History,
    Hyperparameters,
    IterativeNodePerturbation,
    Network,
    NodePerturbation,
    Population,
    Rule,
    Shape,
    WeightPerturbation,
    load_data,
)
from learning.passes import clean_pass
from learning.probe import LayerError, Probe
from learning.rules.perturbation import PerturbationRule, squared_norm
from tests.benchmarks.measuring import report


@dataclass(frozen=True, kw_only=True)
class SubtractingPerturbation(PerturbationRule):
    """anp as it is usually written, from two float32 passes subtracted: what the exact difference is compared with."""

    hidden_noise: ClassVar[bool] = False

    name: Literal["subtracting-anp"] = "subtracting-anp"

    def errors(self, noise: Sequence[Tensor], probe: Probe) -> list[LayerError]:
        noisy = clean_pass(probe.layers, probe.weights, probe.clean.rows[0], noise).preactivations
        clean = probe.clean.preactivations
        changes = [after - before for after, before in zip(noisy, clean, strict=True)]
        losses = [probe.loss.value(passed[-1], probe.targets) for passed in (noisy, clean)]
        norm = torch.stack([squared_norm(change) for change in changes]).sum(0)
        coefficient = sum(c.shape[-1] for c in changes) * (losses[0] - losses[1]) / norm
        return [LayerError(coefficient, change) for change in changes]


@dataclass(frozen=True)
class Arm:
    """One line of the table."""

    name: str
    rule: Rule
    rate: float
    noise: float | None = 1e-2
    decorrelation: float | None = None
    system_noise: float = 0.0
    network: Network = Dense(hidden=(64, 64))  # noqa: RUF009 (frozen)

    def shape(self) -> Shape:
        decorrelation = None if self.decorrelation is None else Decorrelation(batch_fraction=0.1)
        return Shape(rule=self.rule, decorrelation=decorrelation, network=self.network, system_noise=self.system_noise)

    def numbers(self) -> Hyperparameters:
        return Hyperparameters(
            learning_rate=self.rate,
            noise_scale=self.noise if "noise_scale" in self.shape().hyperparameters else None,
            decorrelation_rate=self.decorrelation,
        )


BP, NP, INP, ANP = Backpropagation(), NodePerturbation(), IterativeNodePerturbation(), ActivityNodePerturbation()
SUBTRACTING = cast("Rule", SubtractingPerturbation())
STEP = Dense(hidden=(64, 64), activation="step")
DEEP = Dense(hidden=(64,) * 5)
CONV = Conv(channels=(16, 32), kernel=3, stride=2, hidden=(64,))

ARMS = (
    Arm("bp", BP, 1e-3),
    Arm("dbp", BP, 1e-3, decorrelation=1e-3),
    Arm("np", NP, 1e-3),
    Arm("dnp", NP, 3e-3, decorrelation=1e-3),
    Arm("inp", INP, 1e-3),
    Arm("dinp", INP, 3e-3, decorrelation=1e-3),
    Arm("anp", ANP, 1e-3),
    Arm("danp", ANP, 3e-3, decorrelation=1e-3),
    Arm("wp", WeightPerturbation(), 1e-3, noise=1e-3),
    Arm("fg", ForwardGradient(), 1e-3),
    Arm("anp_rademacher", ActivityNodePerturbation(noise_distribution="rademacher"), 1e-3),
    Arm("anp_small_noise", ANP, 1e-3, noise=1e-6),
    Arm("danp_small_noise", ANP, 3e-3, noise=1e-6, decorrelation=1e-3),
    Arm("anp_small_noise_subtracted", SUBTRACTING, 1e-3, noise=1e-6),
    Arm("danp_small_noise_subtracted", SUBTRACTING, 3e-3, noise=1e-6, decorrelation=1e-3),
    Arm("anp_tiny_noise", ANP, 1e-3, noise=1e-8),
    Arm("anp_tiny_noise_subtracted", SUBTRACTING, 1e-3, noise=1e-8),
    Arm("anp_system_noise", ANP, 1e-3, system_noise=1e-2),
    Arm("danp_system_noise", ANP, 3e-3, decorrelation=1e-3, system_noise=1e-2),
    Arm("danp_step_activation", ANP, 3e-3, noise=1e-1, decorrelation=1e-3, network=STEP),
    Arm("danp_six_layers_m1", ANP, 1e-3, decorrelation=1e-3, network=DEEP),
    Arm("danp_six_layers_m10", ActivityNodePerturbation(noise_passes=10), 1e-3, decorrelation=1e-3, network=DEEP),
    Arm("danp_conv", ANP, 3e-3, decorrelation=1e-3, network=CONV),
)


def trained(arms: Sequence[Arm], data: Data, seeds: int, epochs: int) -> dict[str, list[History]]:
    """The history of every seed on the test split, by arm; arms of one shape train in one population."""
    populations: dict[Shape, Population] = {}
    for arm in arms:
        population = populations.setdefault(arm.shape(), Population(arm.shape(), data, data.train.inputs.device))
        for seed in range(seeds):
            population.add((arm.name, seed), arm.numbers(), seed)
    histories: dict[str, list[History]] = {arm.name: [] for arm in arms}
    for population in populations.values():
        start = time.perf_counter()
        for key, history in population.train(epochs, "test").items():
            name, _ = cast("tuple[str, int]", key)
            histories[name].append(history)
        names = sorted({arm.name for arm in arms if arm.shape() == population.shape})
        figures = summary({name: histories[name] for name in names})
        means = ", ".join(f"{name} {figures[f'{name}_mean']:.4f}" for name in names)
        print(f"{means}: {time.perf_counter() - start:.0f} s", flush=True)
    return histories


def summary(histories: dict[str, list[History]]) -> dict[str, float]:
    """Mean and standard deviation over seeds, in the best epoch of each and in the last."""
    figures: dict[str, float] = {}
    for name, by_seed in histories.items():
        figures |= _of_metric(name, by_seed, "test_accuracy")
        if "test_noisy_accuracy" in by_seed[0].reports[0].metrics:
            figures |= _of_metric(f"{name}_noisy", by_seed, "test_noisy_accuracy")
    return figures


def _of_metric(name: str, by_seed: Sequence[History], metric: str) -> dict[str, float]:
    best = [max(history.curve(metric)).value for history in by_seed]  # a diverged seed counts: at chance
    last = [history.last(metric).value for history in by_seed]
    return {
        f"{name}_mean": statistics.mean(best),
        f"{name}_std": statistics.stdev(best) if len(best) > 1 else 0.0,
        f"{name}_last_mean": statistics.mean(last),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=[arm.name for arm in ARMS], default=[arm.name for arm in ARMS])
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = load_data(FashionMnist(), options.data_dir, options.device)
    arms = [arm for arm in ARMS if arm.name in options.only]
    figures = summary(trained(arms, data, options.seeds, options.epochs))
    settings = {"epochs": options.epochs, "seeds": options.seeds, "batch": 500, "data_set": data.name}
    report("accuracy", figures, settings, torch.device(options.device), options.json)


if __name__ == "__main__":
    main()
