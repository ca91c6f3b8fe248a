"""How well a plan foretells a real sweep: the quickstart on an embedded stack of its own, twice.

    python -m tests.benchmarks.planning [--json] [--sweeps 2] [--file sweeps/examples/quickstart.yaml]

Each sweep is planned and then run. The first plan rests on the reference machine, the later ones on what was measured
before. `device_factor_N` and `wall_factor_N` are planned by taken, of sweep N: 1 is exact, above 1 it took less. The
quickstart prunes, so that the plan is an upper bound; `epochs_N` says how much of it was trained.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from service.answers.views import SweepView
from service.cli.specification import read_specification
from service.client import Client
from tests.benchmarks.measuring import report
from tests.service.stack_process import stack_at


def finished(client: Client, sweep_id: int) -> SweepView:
    while not (sweep := client.sweep(sweep_id)).state.is_final:
        time.sleep(0.5)
    if sweep.state != "completed" or sweep.started_at is None or sweep.finished_at is None:
        raise RuntimeError(f"sweep {sweep_id} is {sweep.state}: {sweep.reason}")
    return sweep


def compared(client: Client, document: object, number: int) -> dict[str, float]:
    """Plans a sweep, runs it, and compares."""
    while (plan := client.validate(document).plan).wall_seconds is None:
        time.sleep(1.0)  # a young Ray head does not know its own CPUs
    sweep = finished(client, client.submit(document).id)
    epochs = sum(member.epoch for t in client.trials(sweep.id) for member in client.trial(sweep.id, t.number).members)
    assert sweep.started_at
    assert sweep.finished_at
    wall = (sweep.finished_at - sweep.started_at).total_seconds()
    print(f"sweep {number}: {'; '.join(basis.words for basis in plan.basis)}")
    return {
        f"device_seconds_{number}": sweep.device_seconds,
        f"device_factor_{number}": plan.device_seconds / sweep.device_seconds,
        f"wall_seconds_{number}": wall,
        f"wall_factor_{number}": plan.wall_seconds / wall,
        f"epochs_{number}": epochs / plan.epochs,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sweeps", type=int, default=2)
    parser.add_argument("--file", type=Path, default=Path("sweeps/examples/quickstart.yaml"))
    options = parser.parse_args()
    document = read_specification(options.file)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        up = stack_at(Path(folder) / "data")
        up.start()
        try:
            with up.client() as client:
                for number in range(1, options.sweeps + 1):
                    figures |= compared(client, document, number)
        finally:
            up.interrupt()
    report("planning", figures, {"file": options.file.name}, torch.device("cpu"), options.json)


if __name__ == "__main__":
    main()
