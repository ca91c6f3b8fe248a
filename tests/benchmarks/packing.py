"""Trials an hour of the whole path of npsweep, against plain Ray Tune with one process a trial, in one run.

    python -m tests.benchmarks.packing [--json] [--device cuda] [--trials 16] [--epochs 5] [--repeats 3]
        [--arms anp danp] [--data fashion-mnist]

784-64-64-10, batch 500, Adam, no pruning, the validation split measured after every epoch. For each arm:

- npsweep: `npsweep up` in a new data folder, with ledger, MLflow and everything else on; the sweep is posted over REST
  and searched by tpe. The service is up and idle when the clock starts, with the POST; it stops with the outcome of the
  search's last trial. So the clock covers the queue, the Ray Job with its driver, the start of coordinator and lanes
  and the loading of the data. It leaves out the start of the service and the confirmation.
- npsweep with `trials_per_lane: 1`: the same lanes with one network each.
- one process a trial (`process_a_trial`): Ray Tune with OptunaSearch and its defaults, a straightforward torch
  implementation of the same rule, one CPU a trial on as many CPUs, the very configurations that npsweep searched. Ray
  is up when the clock starts, with `Tuner.fit`; it stops when that returns.

Figures, of medians over the repeats, for each ARM:

- `speedup_ARM`: seconds of one process a trial over seconds of npsweep. `speedup_in_lanes_ARM`: the same from the start
  of npsweep's first trial in a lane on: what is left of the difference once the start no longer counts.
- `packing_only_ARM`: seconds with one network a lane over seconds of npsweep, both from the first trial's start on.
- `trials_per_hour_ARM`, and the seconds they come from: `npsweep_seconds_ARM`, of which `start_seconds_ARM` until the
  first trial's start; `one_network_a_lane_seconds_ARM` from its first trial's start; `process_a_trial_seconds_ARM`.
- `npsweep_accuracy_ARM`, `process_a_trial_accuracy_ARM`: the best trial's validation accuracy, of the last repeat.

npsweep's decorrelation learns from a tenth of each batch, its default; that of one process a trial, as published, from
all of it. A trial of npsweep that diverges ends there; one process a trial trains it to its last epoch.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch

from service.answers.views import TrialSummary
from service.client import Client
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.benchmarks.measuring import report
from tests.benchmarks.process_a_trial import DATA, Outcome, Settings
from tests.service.stack_process import stack_at

POLL_SECONDS = 0.5
ARMS = {"anp": False, "danp": True}
"""Whether each decorrelates."""


class Size(NamedTuple):
    """How much is trained, and on what."""

    trials: int
    epochs: int
    device: str
    data: str = "fashion-mnist"


class Searched(NamedTuple):
    """One sweep: seconds from its POST until its first trial started, and until its last trial was over."""

    start: float
    whole: float
    trials: list[TrialSummary]

    @property
    def in_lanes(self) -> float:
        return self.whole - self.start


class Measured(NamedTuple):
    """One arm in one repeat."""

    packed: Searched
    single: Searched
    process_a_trial: Outcome


def specification(arm: str, size: Size, trials_per_lane: int | str) -> SweepSpec:
    return SweepSpec.model_validate(
        {
            "name": f"packing {arm} {trials_per_lane}",
            "data": size.data,
            "network": {"kind": "dense", "hidden": [64, 64]},
            "training": {"epochs": size.epochs, "batch_size": 500},
            "budget": {"trials": size.trials},
            "confirmation": {"seeds": 1},
            "trials_per_lane": trials_per_lane,
            "compare": [{"rule": "anp", "decorrelation": ARMS[arm]}],
        }
    )


@contextmanager
def a_stack() -> Iterator[Client]:
    """`npsweep up` on an empty folder, every part of it ready."""
    with tempfile.TemporaryDirectory() as folder:
        up = stack_at(Path(folder) / "data")
        up.start()
        try:
            with up.client() as client:
                while not all(part.ready for part in client.readiness().parts):
                    time.sleep(POLL_SECONDS)
                yield client
        finally:
            up.interrupt()


def searched(client: Client, spec: SweepSpec) -> Searched:
    """Posts a sweep and waits until it has ended and MLflow knows all of it. Raises RuntimeError where it fails."""
    posted_at = time.time()
    sweep = client.submit(spec.model_dump(mode="json"))
    while sweep.state not in ("completed", "stopped", "failed") or not sweep.is_tracked:
        time.sleep(POLL_SECONDS)
        sweep = client.sweep(sweep.id)
    trials = list(client.trials(sweep.id))
    starts = [trial.started_at.timestamp() for trial in trials if trial.started_at]
    ends = [trial.finished_at.timestamp() for trial in trials if trial.finished_at]
    if sweep.state != "completed" or len(ends) < spec.budget.trials:
        raise RuntimeError(f"sweep {sweep.id} ({spec.name}) is {sweep.state} with {len(ends)} trials: {sweep.reason}")
    return Searched(min(starts) - posted_at, max(ends) - posted_at, trials)


def process_a_trial(arm: str, size: Size, trials: list[TrialSummary]) -> Outcome:
    """Trains the same configurations with plain Ray Tune, in a program of its own."""
    space = specification(arm, size, 1).compare[0].space
    settings: Settings = {
        "decorrelation": ARMS[arm],
        "epochs": size.epochs,
        "batch_size": 500,
        "hidden": [64, 64],
        "configurations": [{name: float(str(trial.configuration[name])) for name in space} for trial in trials],
        "ranges": {name: (float(dimension.low), float(dimension.high)) for name, dimension in space.items()},  # type: ignore[union-attr]
        "device": size.device,
        "cpus": os.cpu_count() or 1,
        "data": size.data,
    }
    command = [sys.executable, "-m", "tests.benchmarks.process_a_trial"]
    environment = os.environ | {"RAY_worker_niceness": "0"}  # as npsweep's lanes; matters where others compute too
    ended = subprocess.run(
        command, input=json.dumps(settings), env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    outcome: Outcome = json.loads(ended.stdout.splitlines()[-1])
    return outcome


def measured(arms: list[str], size: Size) -> dict[str, Measured]:
    """One repeat: npsweep's sweeps on one stack, then, with the stack gone, one process a trial."""
    with a_stack() as client:
        sweeps = swept(client, arms, size)
    return compared(sweeps, size)


def swept(client: Client, arms: list[str], size: Size) -> dict[str, tuple[Searched, Searched]]:
    """Each arm with its networks packed and with one a lane."""
    found = {}
    for arm in arms:
        packed, single = (searched(client, specification(arm, size, places)) for places in ("auto", 1))
        found[arm] = (packed, single)
    return found


def compared(sweeps: dict[str, tuple[Searched, Searched]], size: Size) -> dict[str, Measured]:
    return {arm: Measured(*both, process_a_trial(arm, size, both[0].trials)) for arm, both in sweeps.items()}


def figures_of(arm: str, size: Size, repeats: list[Measured]) -> dict[str, float]:
    whole = statistics.median(repeat.packed.whole for repeat in repeats)
    in_lanes = statistics.median(repeat.packed.in_lanes for repeat in repeats)
    single = statistics.median(repeat.single.in_lanes for repeat in repeats)
    plain = statistics.median(repeat.process_a_trial["seconds"] for repeat in repeats)
    last = repeats[-1]
    completed = [t.value for t in last.packed.trials if t.state is TrialState.COMPLETED and t.value is not None]
    return {
        f"speedup_{arm}": plain / whole,
        f"speedup_in_lanes_{arm}": plain / in_lanes,
        f"packing_only_{arm}": single / in_lanes,
        f"trials_per_hour_{arm}": 3600 * size.trials / whole,
        f"npsweep_seconds_{arm}": whole,
        f"start_seconds_{arm}": statistics.median(repeat.packed.start for repeat in repeats),
        f"one_network_a_lane_seconds_{arm}": single,
        f"process_a_trial_seconds_{arm}": plain,
        f"npsweep_accuracy_{arm}": max(completed),
        f"process_a_trial_accuracy_{arm}": max(last.process_a_trial["values"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data", choices=[*DATA], default="fashion-mnist")
    parser.add_argument("--arms", nargs="+", choices=[*ARMS], default=[*ARMS])
    options = parser.parse_args()
    if options.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # what is started from here uses what it finds
    size = Size(options.trials, options.epochs, options.device, options.data)
    repeats = [measured(options.arms, size) for _ in range(options.repeats)]
    figures: dict[str, Any] = {}
    for arm in options.arms:
        figures |= figures_of(arm, size, [repeat[arm] for repeat in repeats])
    settings = size._asdict() | {"repeats": options.repeats, "cpus": os.cpu_count(), "batch": 500, "hidden": [64, 64]}
    report("packing", figures, settings, torch.device(options.device), options.json)


if __name__ == "__main__":
    main()
