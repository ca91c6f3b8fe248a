"""Time of one training step of every rule, in units of backpropagation by torch's autograd and fused Adam.

    python -m tests.benchmarks.step [--json] [--device cuda] [--threads 2] [--repeats 9] [--only anp danp …]
        [--problem large|packed|both] [--clock wall|cpu]

Two problems: 784-1024-1024-1024-10 at batch 1000, one network; 784-64-64-10 at batch 500, eight networks as one
population against eight steps of a single one by torch. Leaky ReLU, Adam, decorrelation from 10 % of the batch at
every step, random data. Every method sees the same network and batch size and gathers its batches from the data in
the same way; repeats are interleaved, figures are ratios of medians. On a machine that others use as well,
`--threads 1 --clock cpu` compares the work itself. Needs torch and numpy alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise
from typing import get_args

import torch
from torch import nn

from learning import (
    ActivityNodePerturbation,
    Adam,
    Data,
    Decorrelation,
    Dense,
    Hyperparameters,
    Population,
    Rule,
    Shape,
    Split,
)
from tests.benchmarks.measuring import CLOCKS, interleaved, peak_memory, report

LARGE, SMALL = (1024, 1024, 1024), (64, 64)
PACKED = 8


def random_data(samples: int, device: torch.device) -> Data:
    """`samples` random images of 784 uint8 pixels in ten classes."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randint(256, (samples, 784), generator=generator, dtype=torch.uint8)
    split = Split(inputs, torch.randint(10, (samples,), generator=generator))
    return Data("random", "classification", (28, 28, 1), 10, split, split, split, scale=1 / 255).to(device)


def torch_steps(hidden: tuple[int, ...], batch: int, data: Data, networks: int) -> Callable[[], None]:
    """One epoch of backpropagation in plain torch for each of `networks` networks, one after another."""
    trained = [_torch_network(hidden, data.train.inputs.device) for _ in range(networks)]

    def run() -> None:
        for network, optimiser in trained:
            order = torch.randperm(len(data.train), device=data.train.inputs.device)
            for which in torch.split(order, batch):
                optimiser.zero_grad(set_to_none=True)
                outputs = network(data.networks_input(data.train.inputs[which]))
                nn.functional.cross_entropy(outputs, data.train.targets[which]).backward()  # type: ignore[no-untyped-call]
                optimiser.step()

    return run


def _torch_network(hidden: tuple[int, ...], device: torch.device) -> tuple[nn.Module, torch.optim.Optimizer]:
    sizes = (784, *hidden, 10)
    modules = [m for n, o in pairwise(sizes) for m in (nn.Linear(n, o), nn.LeakyReLU())]
    network = nn.Sequential(*modules[:-1]).to(device)
    return network, torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)


def population_steps(
    rule: Rule, decorrelated: bool, hidden: tuple[int, ...], batch: int, data: Data, members: int
) -> Callable[[], None]:
    """One epoch of a population."""
    decorrelation = Decorrelation(batch_fraction=0.1) if decorrelated else None
    network = Dense(hidden=hidden)
    shape = Shape(rule=rule, decorrelation=decorrelation, network=network, optimiser=Adam(), batch_size=batch)
    population = Population(shape, data, data.train.inputs.device)
    numbers = {"learning_rate": 1e-4, "noise_scale": 1e-3, "decorrelation_rate": 1e-5}
    for seed in range(members):
        read = {name: value for name, value in numbers.items() if name in shape.hyperparameters}
        population.add(seed, Hyperparameters(**read), seed)

    def run() -> None:
        population._train()  # the steps without the epoch's report, which 60 or 110 steps share in real training

    return run


def measure(
    hidden: tuple[int, ...],
    batch: int,
    steps: int,
    members: int,
    names: list[str],
    repeats: int,
    device: torch.device,
    clock: str,
) -> dict[str, float]:
    """Seconds a step of torch's backpropagation (`torch`) and of each rule, `d` before a name for decorrelated."""
    data = random_data(batch * steps, device)
    rules = {rule().name: rule() for rule in get_args(Rule)}
    runs = {"torch": torch_steps(hidden, batch, data, members)}
    for name in names:
        rule = rules[name] if name in rules else rules[name.removeprefix("d")]
        runs[name] = population_steps(rule, name not in rules, hidden, batch, data, members)
    return {name: seconds / steps for name, seconds in interleaved(runs, repeats, device, clock).items()}


def memory_of_a_member(hidden: tuple[int, ...], batch: int, members: int, device: torch.device) -> float:
    """Peak megabytes a member of decorrelated anp: its parameters, matrices and optimiser, and what steps need.

    An epoch of 32 steps, since noise is drawn ahead.
    """
    data = random_data(32 * batch, device)

    def run() -> None:
        population_steps(ActivityNodePerturbation(), True, hidden, batch, data, members)()

    return peak_memory(run, device) / members / 1e6


EVERY = [prefix + rule().name for rule in get_args(Rule) for prefix in ("", "d")]


def large_figures(names: list[str], repeats: int, device: torch.device, clock: str) -> dict[str, float]:
    """One large network: ratios to torch's step; `bp_population` is backpropagation as a population of one."""
    seconds = measure(LARGE, 1000, 6, 1, names, repeats, device, clock)
    called = {"bp": "bp_population"}
    ratios = {f"{called.get(name, name)}_over_bp": seconds[name] / seconds["torch"] for name in names}
    return ratios | {"torch_bp_step_ms": 1e3 * seconds["torch"]}


def packed_figures(names: list[str], repeats: int, device: torch.device, clock: str) -> dict[str, float]:
    """Eight small networks as one population: ratios to eight of torch's steps."""
    seconds = measure(SMALL, 500, 10, PACKED, names, repeats, device, clock)
    ratios = {f"{name}_packed8_over_bp": seconds[name] / seconds["torch"] for name in names}
    return ratios | {"torch_bp_packed8_step_ms": 1e3 * seconds["torch"]}


def memory_figures(device: torch.device) -> dict[str, float]:
    """Peak megabytes a member, the smaller problem first (see `peak_memory`)."""
    return {
        "danp_packed8_member_mb": memory_of_a_member(SMALL, 500, PACKED, device),
        "danp_member_mb": memory_of_a_member(LARGE, 1000, 1, device),
    }


PROBLEMS = {"packed": packed_figures, "large": large_figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", nargs="*", choices=EVERY, default=EVERY)
    parser.add_argument("--clock", choices=[*CLOCKS], default="wall")
    parser.add_argument("--problem", choices=[*PROBLEMS, "both"], default="both")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    figures = memory_figures(device)
    for name, measured in PROBLEMS.items():
        if options.problem in (name, "both"):
            figures |= measured(options.only, options.repeats, device, options.clock)
    settings = {"large": LARGE, "large_batch": 1000, "small": SMALL, "small_batch": 500, "packed": PACKED}
    report("step", figures, settings | {"repeats": options.repeats, "clock": options.clock}, device, options.json)


if __name__ == "__main__":
    main()
