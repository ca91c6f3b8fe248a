"""The coordinator and the ledger alone: simulated lanes report as fast as they are answered, and nothing is trained.

    python -m tests.benchmarks.coordinator [--json] [--ledger sqlite|postgresql|both] [--finished 10000 50000]

- `trials_per_second`: trials of one epoch suggested by the random sampler, handed out, reported and durably booked, by
  two lanes of 32 members, from the first registration until the ledger holds the last outcome.
- `results_per_second`: epochs durably stored, likewise, with trials of 50 epochs.
- `exchange_p95_ms_N`: one exchange for 32 members that end and are replaced, with N finished trials in the arm, by the
  random sampler; `tpe_exchange_p95_ms_N` the same by tpe.
- `tpe_suggestions_per_second_N`: what the study alone suggests with N finished trials.
- `PRUNER_report_p95_ms_N`: hearing one network's value after an epoch and deciding whether it is pruned, with N trials
  of 9 epochs that have completed.
- `memory_mb_N`: what this process holds more once N finished trials were taken over.

Figures with `postgresql_` before their name are those of a ledger on a PostgreSQL server that is started for them, on
loopback and with its own settings; what does not depend on the ledger is measured once.
"""

import argparse
import math
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from sweeps.coordinator import Coordinator
from sweeps.exchange import Assignment, EpochReport
from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord, TrialRecord
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.search.study import ArmSearch, PastTrial
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from tests.benchmarks.measuring import report
from tests.postgresql import PostgresqlServer

PLACES = 32
LANES = 2
PRUNED_EPOCHS = 9


class Desk:
    """A ledger with sweeps of one arm."""

    def __init__(self, url: str) -> None:
        self.ledger = Ledger(url)
        self.ledger.migrate()
        self.ledger.accounts.first_admin()

    def sweep(self, trials: int, epochs: int, sampler: str) -> int:
        """A sweep that is running in its first attempt."""
        spec = specification(trials, epochs, sampler)
        sweep_id = self.ledger.sweeps.post(1, 1, spec.model_dump(mode="json")).id
        self.ledger.sweeps.start_attempt(sweep_id)
        self.ledger.sweeps.move(sweep_id, SweepState.RUNNING, attempt=1)
        return sweep_id

    def finished(self, sweep_id: int, trials: int) -> None:
        """Books so many completed trials of one epoch."""
        spec = SweepSpec.model_validate(self.ledger.sweeps.get(sweep_id).spec)
        for start in range(0, trials, 1000):
            batch = Batch()
            numbers = range(start, min(trials, start + 1000))
            for number, past in zip(numbers, history(spec, numbers), strict=True):
                trial, member = booked(sweep_id, number, past)
                batch.trials[number] = trial
                batch.members["search", number, 0] = member
                batch.epochs.append(NewEpoch("search", number, 0, 1, member.metrics or {}))
            self.ledger.trials.book(sweep_id, 1, batch)


class Lane:
    """Reports an epoch of every member it holds, and takes what it is given."""

    def __init__(self, coordinator: Coordinator, number: int) -> None:
        self._coordinator = coordinator
        self._pass = coordinator.register(number)
        self._held: dict[Any, tuple[Assignment, int]] = {}
        self.exchanges: list[float] = []

    def exchange(self) -> bool:
        reports = []
        for key, (assignment, epoch) in list(self._held.items()):
            metrics: dict[str, float | None] = {"validation_accuracy": objective(assignment), "train_loss": 0.5}
            reports.append(EpochReport(key, assignment.lease, epoch + 1, metrics, False, 0.01))
            self._held[key] = (assignment, epoch + 1)
            if epoch + 1 == assignment.configuration.epochs:
                del self._held[key]
        begun = time.perf_counter()
        orders = self._coordinator.exchange(self._pass, reports, PLACES - len(self._held))
        self.exchanges.append(time.perf_counter() - begun)
        for key in orders.stop:
            self._held.pop(key, None)
        self._held |= {assignment.member: (assignment, 0) for assignment in orders.start}
        return not orders.finished

    def run(self, until: float) -> None:
        while time.perf_counter() < until and self.exchange():
            if not self._held:
                time.sleep(0.01)


def booked(sweep_id: int, number: int, past: PastTrial) -> tuple[TrialRecord, MemberRecord]:
    trial = TrialRecord(
        sweep_id=sweep_id,
        number=number,
        arm=0,
        arm_number=number,
        state=past.state,
        configuration=dict(past.values),
        value=past.value,
        spread=None,
        epoch=1,
        reason=None,
        attempt=1,
        created_at=1.0,
        started_at=1.0,
        finished_at=3.0,
        device_seconds=1.0,
        tracking_id=None,
        told=number + 1,
    )
    metrics: dict[str, float | None] = {"validation_accuracy": past.value}
    member = MemberRecord(sweep_id, "search", number, 0, past.state, 1, metrics, 0, None, 1.0)
    return trial, member


def specification(trials: int, epochs: int, sampler: str) -> SweepSpec:
    return SweepSpec.model_validate(
        {
            "name": "simulated",
            "data": "digits",
            "network": {"kind": "dense", "hidden": [8]},
            "training": {"epochs": epochs, "batch_size": 100},
            "search": {"sampler": sampler},
            "budget": {"trials": trials},
            "confirmation": {"seeds": 1},
            "compare": [{"rule": "anp", "decorrelation": True}],
        }
    )


def objective(assignment: Assignment) -> float:
    return value_of(assignment.configuration.hyperparameters.given())


def value_of(values: Any) -> float:
    """A smooth function of three numbers on their logarithmic scales, best at 1e-3 each; 1 at its best."""
    return 1.0 - 0.02 * sum((math.log10(value) + 3) ** 2 for value in values.values())


def history(spec: SweepSpec, numbers: range) -> Iterator[PastTrial]:
    """Completed trials at random points."""
    random = np.random.default_rng(numbers.start)
    for _ in numbers:
        values = {path: 10.0 ** random.uniform(-4, -2) for path in spec.compare[0].space}
        value = value_of(values)
        yield PastTrial(values, TrialState.COMPLETED, value, {1: value}, {1: {0: value}})


@contextmanager
def a_desk(server: PostgresqlServer | None) -> Iterator[Desk]:
    """On a new database of the server, or in a file where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(server.database() if server else f"sqlite:///{Path(folder) / 'ledger.db'}")
        yield desk
        desk.ledger.close()


@contextmanager
def a_server() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def driven(coordinator: Coordinator) -> threading.Thread:
    thread = threading.Thread(target=coordinator.run, daemon=True)
    thread.start()
    return thread


def fence_out(desk: Desk, sweep_id: int, driving: threading.Thread) -> None:
    """Ends the coordinator's thread."""
    desk.ledger.sweeps.end(sweep_id, SweepState.FAILED, "the benchmark is over")
    driving.join()


def throughput(server: PostgresqlServer | None, trials: int, epochs: int) -> float:
    """Seconds from the first registration until every trial has its outcome in the ledger."""
    with a_desk(server) as desk:
        sweep_id = desk.sweep(trials, epochs, "random")
        coordinator = Coordinator(desk.ledger, sweep_id, 1)
        begun = time.perf_counter()
        driving = driven(coordinator)
        lanes = [Lane(coordinator, number) for number in range(LANES)]
        threads = [threading.Thread(target=lane.run, args=(begun + 600,)) for lane in lanes]
        for thread in threads:
            thread.start()
        while (now := time.perf_counter()) < begun + 600:
            counts = desk.ledger.trials.progress(sweep_id, True)
            if counts and counts[0].counts.get(TrialState.COMPLETED, 0) == trials:
                break
            time.sleep(0.02)
        coordinator.abort("the benchmark is over")
        for thread in threads:
            thread.join()
        assert counts[0].counts[TrialState.COMPLETED] == trials
        fence_out(desk, sweep_id, driving)
        return now - begun


def exchanges(server: PostgresqlServer | None, finished: int, sampler: str, seconds: float) -> tuple[float, float]:
    """The 95th percentile of an exchange in ms, and the MB that the coordinator takes, with so many finished trials."""
    with a_desk(server) as desk:
        sweep_id = desk.sweep(min(100_000, finished + 20_000), 1, sampler)
        desk.finished(sweep_id, finished)
        process = psutil.Process()
        before = process.memory_info().rss
        coordinator = Coordinator(desk.ledger, sweep_id, 1)
        grown = (process.memory_info().rss - before) / 2**20
        driving = driven(coordinator)
        lane = Lane(coordinator, 0)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until and lane.exchange():
            time.sleep(0.5)  # a lane exchanges about once a second
        fence_out(desk, sweep_id, driving)
        return 1000 * float(np.percentile(lane.exchanges, 95)), grown


def suggestions(finished: int) -> float:
    """What tpe suggests a second with so many finished trials."""
    spec = specification(100_000, 1, "tpe")
    search = ArmSearch(spec.compare[0].space, spec.search.sampler, spec.search.pruner, (7,), spec.maximise, 1)
    search.restore(history(spec, range(finished)))
    times = []
    for _ in range(11):
        begun = time.perf_counter()
        search.ask()
        times.append(time.perf_counter() - begun)
    return 1.0 / statistics.median(times[1:])


def reports(finished: int, pruner: str) -> float:
    """The 95th percentile of a report in ms, over 19 trials that train to their end beside so many finished ones."""
    search = {"sampler": "random", "pruner": pruner}
    document = specification(100_000, PRUNED_EPOCHS, "random").model_dump(mode="json") | {"search": search}
    spec = SweepSpec.model_validate(document)
    arm = ArmSearch(spec.compare[0].space, spec.search.sampler, spec.search.pruner, (7,), spec.maximise, PRUNED_EPOCHS)
    chance = np.random.default_rng(0)
    curves = chance.uniform(size=(finished + 20, PRUNED_EPOCHS)).tolist()
    arm.restore(
        replace(past, value=curve[-1], reported=dict(enumerate(curve, 1)), by_seed={})
        for past, curve in zip(history(spec, range(finished)), curves, strict=False)
    )
    arm.ask()
    arm.report(finished, PRUNED_EPOCHS, 0.5)  # takes over what was restored
    times = []
    for number, curve in enumerate(curves[finished + 1 :], finished + 1):
        arm.ask()
        for epoch, value in enumerate(curve, 1):
            begun = time.perf_counter()
            arm.report(number, epoch, value)
            times.append(time.perf_counter() - begun)
    return 1000 * float(np.percentile(times, 95))


def measured(server: PostgresqlServer | None, options: argparse.Namespace) -> dict[str, float]:
    """The figures that depend on the ledger."""
    repeats = range(options.repeats)
    figures = {
        "trials_per_second": 2_000 / statistics.median(throughput(server, 2_000, 1) for _ in repeats),
        "results_per_second": 25_000 / statistics.median(throughput(server, 500, 50) for _ in repeats),
    }
    for finished in options.finished:
        random, grown = exchanges(server, finished, "random", options.seconds)
        tpe, _ = exchanges(server, finished, "tpe", options.seconds)
        figures |= {f"exchange_p95_ms_{finished}": random, f"tpe_exchange_p95_ms_{finished}": tpe}
        figures[f"memory_mb_{finished}"] = grown
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--ledger", choices=["sqlite", "postgresql", "both"], default="sqlite")
    parser.add_argument("--finished", nargs="*", type=int, default=[10_000, 50_000])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    figures = measured(None, options) if options.ledger != "postgresql" else {}
    if options.ledger != "sqlite":
        with a_server() as server:
            figures |= {f"postgresql_{name}": value for name, value in measured(server, options).items()}
    figures |= {f"tpe_suggestions_per_second_{finished}": suggestions(finished) for finished in options.finished}
    for finished in options.finished:
        for pruner in ("median", "asha", "hyperband"):
            figures[f"{pruner}_report_p95_ms_{finished}"] = reports(finished, pruner)
    settings = {"lanes": LANES, "places": PLACES, "ledger": options.ledger, "repeats": options.repeats}
    report("coordinator", figures, settings, torch.device("cpu"), options.json)


if __name__ == "__main__":
    main()
