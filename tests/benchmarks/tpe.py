"""The sampler tpe, as a sweep uses it, against Optuna's plain TPE on two standard test functions.

    python -m tests.benchmarks.tpe [--json] [--seeds 20] [--trials 500] [--running 1] [--history 1000]

Branin in its two linear dimensions; Hartmann-6 with every dimension from 1e-4 to 1 on a logarithmic scale. A run's
regret is the distance of its best value from the known minimum. For each function:

- `NAME_regret_ratio`: the geometric mean over the seeds of our regret by Optuna's; below 1 is better than Optuna.
- `NAME_regret_ratio_low`, `_high`: its 95% interval, by Student's t on the differences of the logarithms.
- `NAME_regret`, `NAME_optuna_regret`: the geometric means themselves.
- `suggestions_per_second`, `optuna_suggestions_per_second`: over both functions.
"""

import argparse
import math
import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import optuna
import torch
from optuna.samplers import TPESampler

from sweeps.report.statistics import summarise
from sweeps.search.pruners import NoPruning
from sweeps.search.samplers import Tpe
from sweeps.search.study import ArmSearch
from sweeps.space import Float, Value
from sweeps.states import TrialState
from tests.benchmarks.measuring import report

Point = dict[str, float]

A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
ALPHA = np.array([1.0, 1.2, 3.0, 3.2])


@dataclass(frozen=True)
class Function:
    """A function to be minimised over a space, and its minimum."""

    space: Mapping[str, Float]
    at: Callable[[Point], float]
    minimum: float


def branin(point: Point) -> float:
    """On [-5, 10] × [0, 15]; three minima."""
    x, y = point["x"], point["y"]
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann(point: Point) -> float:
    """On the unit cube of the six numbers' logarithms; six minima."""
    unit = np.array([1 + math.log10(point[name]) / 4 for name in sorted(point)])
    return -float(ALPHA @ np.exp(-(A * (unit - P) ** 2).sum(axis=1)))


FUNCTIONS = {
    "branin": Function({"x": Float(low=-5, high=10), "y": Float(low=0, high=15)}, branin, 0.39788735772973816),
    "hartmann6": Function(
        {f"x{index}": Float(low=1e-4, high=1.0, log=True) for index in range(6)}, hartmann, -3.322368011415512
    ),
}


class Ours:
    """A sweep's arm."""

    def __init__(self, function: Function, seed: int, sampler: Tpe) -> None:
        self._search = ArmSearch(function.space, sampler, NoPruning(), (seed, 0), False, 1)

    def ask(self) -> Mapping[str, Value]:
        return self._search.ask().values

    def tell(self, number: int, value: float) -> None:
        self._search.report(number, 1, value)
        self._search.tell(number, TrialState.COMPLETED, value)


class Optunas:
    """Optuna with its own defaults."""

    def __init__(self, function: Function, seed: int) -> None:
        self._study = optuna.create_study(sampler=TPESampler(seed=seed))
        self._space = {
            name: optuna.distributions.FloatDistribution(dimension.low, dimension.high, log=dimension.log)
            for name, dimension in function.space.items()
        }

    def ask(self) -> Mapping[str, Value]:
        params: dict[str, Value] = self._study.ask(dict(self._space)).params
        return params

    def tell(self, number: int, value: float) -> None:
        self._study.tell(number, value)


@dataclass
class Contender:
    """What one searcher has reached, and the seconds it took to suggest."""

    begin: Callable[[Function, int], Ours | Optunas]
    regrets: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    def search(self, name: str, seed: int, options: argparse.Namespace) -> None:
        """One run of `trials` trials, `running` of them at once, which end in the order in which they began."""
        function = FUNCTIONS[name]
        searcher = self.begin(function, seed)
        running: deque[tuple[int, float]] = deque()
        best = math.inf
        for number in range(options.trials):
            begun = time.perf_counter()
            point = searcher.ask()
            self.seconds += time.perf_counter() - begun
            value = function.at({name: float(str(value)) for name, value in point.items()})
            best = min(best, value)
            running.append((number, value))
            if len(running) == options.running:
                searcher.tell(*running.popleft())
        self.regrets.setdefault(name, []).append(max(best - function.minimum, 1e-12))


def compared(name: str, ours: list[float], optunas: list[float]) -> dict[str, float]:
    """The figures of one function from both regrets, seed by seed."""
    summary = summarise([math.log(mine / other) for mine, other in zip(ours, optunas, strict=True)])
    if summary is None or summary.low is None or summary.high is None:
        raise ValueError("one seed has no interval; give --seeds 2 or more")
    return {
        f"{name}_regret_ratio": math.exp(summary.mean),
        f"{name}_regret_ratio_low": math.exp(summary.low),
        f"{name}_regret_ratio_high": math.exp(summary.high),
        f"{name}_regret": statistics.geometric_mean(ours),
        f"{name}_optuna_regret": statistics.geometric_mean(optunas),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=20, help="runs of each searcher, two at least")
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--running", type=int, default=1, help="trials at once")
    parser.add_argument("--history", type=int, default=1_000, help="the sampler's setting")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    ours = Contender(lambda function, seed: Ours(function, seed, Tpe(history=options.history)))
    optunas = Contender(Optunas)
    for seed in range(options.seeds):
        for name in FUNCTIONS:
            for contender in (ours, optunas):
                contender.search(name, seed, options)
    figures: dict[str, float] = {}
    for name in FUNCTIONS:
        figures |= compared(name, ours.regrets[name], optunas.regrets[name])
    asked = options.seeds * options.trials * len(FUNCTIONS)
    figures["suggestions_per_second"] = asked / ours.seconds
    figures["optuna_suggestions_per_second"] = asked / optunas.seconds
    settings = {name: getattr(options, name) for name in ("seeds", "trials", "running", "history")}
    report("tpe", figures, settings, torch.device("cpu"), options.json)


if __name__ == "__main__":
    main()
