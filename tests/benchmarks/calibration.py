"""What an epoch of one network takes in a full lane, by rule and decorrelation: the reference of `npsweep plan`.

    python -m tests.benchmarks.calibration [--json] [--lanes 2] [--members 8] [--repeats 3] [--clock cpu|wall]

    python -m tests.benchmarks.calibration --json | tail -1 > sweeps/planning/reference.json

As many processes as lanes train at the same time, one thread and one population of `--members` networks each, on random
data of three sizes: 64-64-32-10 at batch 50, 784-64-64-10 and 784-256-256-10 at batch 500, evaluated after every epoch.
For each rule, `d` before its name with decorrelation, two numbers are fitted to the medians, with equal relative
errors: `<rule>_step_us`, microseconds of a step whatever its size, and `<rule>_multiply_add_ps`, picoseconds of each
multiply-add of `learning.cost`; `<rule>_worst` is the largest factor between fitted and measured. Processor time, of
the one thread that a lane has, is what a free machine takes; `--clock wall` measures what this one does.
"""

import argparse
import math
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import get_args

import numpy as np
import torch
from scipy.optimize import nnls  # type: ignore[import-untyped]

from learning import Decorrelation, Dense, Hyperparameters, Population, Rule, Shape, Teacher, load_data
from learning.cost import epoch_multiply_adds, steps_of
from tests.benchmarks.measuring import CLOCKS, report


@dataclass(frozen=True)
class Size:
    """One problem: inputs, hidden layers, batch size, samples of the training split."""

    inputs: int
    hidden: tuple[int, ...]
    batch: int
    samples: int

    @property
    def data(self) -> Teacher:
        return Teacher(inputs=self.inputs, outputs=10, samples=5 * self.samples // 3)

    def shape(self, rule: Rule, decorrelated: bool) -> Shape:
        decorrelation = Decorrelation() if decorrelated else None
        network = Dense(hidden=self.hidden)
        return Shape(rule=rule, decorrelation=decorrelation, network=network, batch_size=self.batch)


SIZES = (Size(64, (64, 32), 50, 1_150), Size(784, (64, 64), 500, 5_000), Size(784, (256, 256), 500, 2_500))
NUMBERS = {"learning_rate": 1e-4, "noise_scale": 1e-3, "decorrelation_rate": 1e-5}
RULES = {rule().name: rule() for rule in get_args(Rule)}
NAMES = [prefix + name for name in RULES for prefix in ("", "d")]


def seconds_an_epoch(name: str, size: Size, members: int, repeats: int, clock: str) -> float:
    """The median, of one network: of training and evaluation, after one epoch to warm up."""
    shape = shape_of(name, size)
    population = Population(shape, load_data(size.data))
    read = {own: value for own, value in NUMBERS.items() if own in shape.hyperparameters}
    for seed in range(members):
        population.add(seed, Hyperparameters(**read), seed)
    times, now = [], CLOCKS[clock]
    for _ in range(repeats + 1):
        begun = now()
        population.train_epoch()
        population.evaluate("validation")
        times.append(now() - begun)
    return statistics.median(times[1:]) / members


def shape_of(name: str, size: Size) -> Shape:
    return size.shape(RULES[name] if name in RULES else RULES[name.removeprefix("d")], name not in RULES)


def lane(members: int, repeats: int, clock: str) -> dict[tuple[str, int], float]:
    """What one lane measures, by name and number of the size."""
    torch.set_num_threads(1)
    return {
        (name, number): seconds_an_epoch(name, size, members, repeats, clock)
        for number, size in enumerate(SIZES)
        for name in NAMES
    }


def fitted(name: str, seconds: list[float]) -> dict[str, float]:
    """The rule's two numbers, neither below 0, and how far they are off at the worst size."""
    shapes = [shape_of(name, size) for size in SIZES]
    laws = [
        (1e-6 * steps_of(shape, size.data), 1e-12 * epoch_multiply_adds(shape, size.data))
        for shape, size in zip(shapes, SIZES, strict=True)
    ]
    relative = np.array(laws) / np.array(seconds)[:, None]
    (step, multiply_add), _ = nnls(relative, np.ones(len(seconds)))
    worst = max(math.exp(abs(math.log(row @ (step, multiply_add)))) for row in relative)
    return {f"{name}_step_us": step, f"{name}_multiply_add_ps": multiply_add, f"{name}_worst": worst}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", choices=[*CLOCKS], default="cpu")
    options = parser.parse_args()
    with ProcessPoolExecutor(options.lanes, mp_context=get_context("spawn")) as pool:
        lanes = [pool.submit(lane, options.members, options.repeats, options.clock) for _ in range(options.lanes)]
        found = [one.result() for one in lanes]
    figures: dict[str, float] = {}
    for name in NAMES:
        figures |= fitted(name, [statistics.fmean(own[name, n] for own in found) for n in range(len(SIZES))])
    torch.set_num_threads(1)
    settings = {"lanes": options.lanes, "members": options.members, "repeats": options.repeats, "clock": options.clock}
    report("calibration", figures, settings, torch.device("cpu"), options.json)


if __name__ == "__main__":
    main()
