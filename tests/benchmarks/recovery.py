"""Seconds from a kill -9 to the first new result in the ledger, for each part, on the real stacks of the chaos tests.

    python -m tests.benchmarks.recovery [--json] [--repeats 3] [--kinds lane driver node …]

A sweep with one lane, so that nobody else's results hide the gap, has one part killed three times. Recovered is when
the part is there again and a result was booked after that. `recovery_seconds_KIND` is the median,
`recovery_longest_seconds_KIND` the longest, `kills_KIND` their number. `ray` is the whole of Ray on the embedded stack,
with job table, driver, coordinator and lane; `node` a Ray node with the only lane, on the shared deployment, which
keeps another. Every sweep must end with the numbers of the undisturbed one.
"""

import argparse
import random
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch

from tests.benchmarks.measuring import report
from tests.chaos.disturbed import Recovery, disturb
from tests.chaos.embedded import EmbeddedStack
from tests.chaos.recoveries import by_kind
from tests.chaos.schedule import Kill, Schedule
from tests.chaos.shared import SharedStack
from tests.chaos.stack import Stack
from tests.chaos.sweep import assert_nothing_lost_or_counted_twice, table
from tests.postgresql import PostgresqlServer
from tests.sweeps.mlflow_server import MlflowServer

MOMENTS = (0.1, 0.35, 0.6)
"""Shares of the sweep's epochs after which the part is killed, each up to a second later."""
OF_EMBEDDED = ("lane", "coordinator", "driver", "ray", "api", "mlflow", "tracking")
OF_SHARED = ("node", "postgresql")
"""What the embedded stack has not, or not by itself."""


@contextmanager
def embedded() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory() as folder:
        stack = EmbeddedStack(Path(folder))
        try:
            yield stack
        finally:
            stack.close()


@contextmanager
def shared() -> Iterator[Stack]:
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        postgresql = PostgresqlServer()
        held.callback(postgresql.remove)
        postgresql.start()
        mlflow = MlflowServer(folder)
        held.callback(mlflow.kill)
        mlflow.start()
        stack = SharedStack(folder, postgresql, mlflow)
        held.callback(stack.close)
        yield stack


def recoveries(stack: Stack, kinds: tuple[str, ...], repeats: int) -> Iterator[Recovery]:
    """Of every kill. Raises AssertionError where a sweep's numbers are not those of the undisturbed one."""
    chance = random.Random("recovery")
    reference = table(stack.ledger, disturb(stack, Schedule("undisturbed", 1, ())).sweep_id)
    for _ in range(repeats):
        for kind in kinds:
            kills = tuple(Kill(kind, moment, chance.random()) for moment in MOMENTS)
            done = disturb(stack, Schedule(kind, 1, kills))
            assert_nothing_lost_or_counted_twice(stack.ledger, done.sweep_id)
            assert table(stack.ledger, done.sweep_id) == reference, kind
            yield from done.recoveries


def figures(found: list[Recovery]) -> dict[str, float]:
    measured: dict[str, float] = {}
    for kind, seconds in by_kind(found).items():
        measured[f"recovery_seconds_{kind}"] = statistics.median(seconds)
        measured[f"recovery_longest_seconds_{kind}"] = max(seconds)
        measured[f"kills_{kind}"] = len(seconds)
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", choices=OF_EMBEDDED + OF_SHARED, default=OF_EMBEDDED + OF_SHARED)
    options = parser.parse_args()
    found: list[Recovery] = []
    for start, offered in ((embedded, OF_EMBEDDED), (shared, OF_SHARED)):
        if kinds := tuple(kind for kind in offered if kind in options.kinds):
            with start() as stack:
                found += recoveries(stack, kinds, options.repeats)
    settings = {"repeats": options.repeats, "kills_a_sweep": len(MOMENTS), "lanes": 1}
    report("recovery", figures(found), settings, torch.device("cpu"), options.json)


if __name__ == "__main__":
    main()
