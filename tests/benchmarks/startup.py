"""Seconds until a person can work: `npsweep up` to ready, and a posted sweep to its first measured epoch.

    python -m tests.benchmarks.startup [--json] [--repeats 3]

Each repeat takes a new data folder: `up_seconds` is the first start there, with new databases, `second_up_seconds` the
start after an orderly end. `first_metric_seconds` is from POST to the first epoch in the ledger, on the stack that has
just come up and on the same one after that sweep. Medians of the repeats.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from sweeps.ledger import Ledger
from tests.benchmarks.measuring import report
from tests.service.stack_process import Up, stack_at

SPEC: dict[str, Any] = {
    "name": "startup",
    "data": "digits",
    "network": {"kind": "dense", "hidden": [32]},
    "training": {"epochs": 3, "batch_size": 50},
    "budget": {"trials": 8},
    "confirmation": {"seeds": 2},
    "compare": [{"rule": "bp"}, {"rule": "anp", "decorrelation": True}],
}
LONGEST_SECONDS = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {"up_seconds": [], "second_up_seconds": [], "first_metric_seconds": []}
    for _ in range(options.repeats):
        with tempfile.TemporaryDirectory() as folder:
            up = stack_at(Path(folder) / "data")
            for name in ("up_seconds", "second_up_seconds"):
                seconds[name].append(up.start())
                try:
                    seconds["first_metric_seconds"] += [first_metric(up) for _ in range(2)]
                finally:
                    up.interrupt()
    figures = {name: statistics.median(values) for name, values in seconds.items()}
    settings = {"repeats": options.repeats, "spec": SPEC}
    report("startup", figures, settings, torch.device("cpu"), options.json)


def first_metric(up: Up) -> float:
    """Seconds from POST to the first epoch in the ledger; returns when the sweep has ended."""
    ledger = Ledger(up.folder.ledger_url)
    with up.client() as client:
        began = time.monotonic()
        sweep = client.submit(SPEC).id
        while not ledger.trials.epochs(sweep):
            if time.monotonic() - began > LONGEST_SECONDS:
                raise RuntimeError(f"sweep {sweep} measured nothing in {LONGEST_SECONDS:g} s: {client.sweep(sweep)}")
            time.sleep(0.02)
        passed = time.monotonic() - began
        while client.sweep(sweep).finished_at is None:
            time.sleep(0.2)
    ledger.close()
    return passed


if __name__ == "__main__":
    main()
