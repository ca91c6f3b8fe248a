"""The API under load, with a ledger of 1,000 sweeps and 100,000 trials, while a sweep runs.

    python -m tests.benchmarks.api [--json] [--ledger sqlite|postgresql|both] [--seconds 15]

One process serves (`python -m service.server`); this one asks, so that on two cores each has one. A further process
books a running sweep's epochs, ten batches a second. The reads are a mix: the list, a sweep, a page of its trials, its
last 100 events.

- `get_p50_ms`, `get_p99_ms`: answers to 50 reads a second, each counted from the moment when it was due.
- `gets_per_second`: what 16 connections get that ask again as soon as they are answered.
- `post_p50_ms`, `post_p99_ms`: POST of a sweep, 10 a second.
- `stream_delay_p50_ms`, `stream_delay_p95_ms`: from an event's time in the ledger until each of 200 open streams of the
  running sweep has it; `streams_mb` is what the server holds more while they are open.

Figures with `postgresql_` before their name are those of a ledger on a PostgreSQL server that is started for them.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import psutil
import torch

from sweeps.ledger import Ledger
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.search.study import PastTrial
from sweeps.states import SweepState, TrialState
from tests.benchmarks.coordinator import Desk, booked, specification
from tests.benchmarks.load import Connection, Timed, request
from tests.benchmarks.measuring import report
from tests.postgresql import PostgresqlServer

SWEEPS, TRIALS = 1_000, 100
STREAMS = 200
READS_PER_SECOND, POSTS_PER_SECOND = 50, 10
BATCHES_PER_SECOND, EPOCHS_PER_BATCH = 10, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--ledger", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each load")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for kind in ("sqlite", "postgresql") if options.ledger == "both" else (options.ledger,):
        prefix = "" if kind == "sqlite" else "postgresql_"
        with ExitStack() as held:
            url = ledger_url(kind, held)
            figures |= {prefix + name: value for name, value in measured(url, options.seconds).items()}
    settings = {"sweeps": SWEEPS, "trials": SWEEPS * TRIALS, "seconds": options.seconds, "streams": STREAMS}
    report("api", figures, settings, torch.device("cpu"), options.json)


def ledger_url(kind: str, held: ExitStack) -> str:
    if kind == "sqlite":
        return f"sqlite:///{held.enter_context(tempfile.TemporaryDirectory())}/ledger.db"
    server = PostgresqlServer()
    held.callback(server.remove)
    server.start()
    return server.database()


def measured(url: str, seconds: float) -> dict[str, float]:
    token, running = fill(url)
    with serving(url) as (port, process), booking(url, running):
        head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        reads = [request("GET", path, head) for path in mix(port, token)]
        asyncio.run(Timed(port).at_rate(reads, READS_PER_SECOND, 2.0))  # what is made at first is not counted
        got = asyncio.run(Timed(port).at_rate(reads, READS_PER_SECOND, seconds))
        rate = asyncio.run(Timed(port).saturated(reads, 16, seconds))
        posts = [request("POST", "/api/v1/sweeps", head, json.dumps(POSTED).encode())]
        posted = asyncio.run(Timed(port).at_rate(posts, POSTS_PER_SECOND, seconds))
        before = psutil.Process(process).memory_info().rss
        delays, held = asyncio.run(streamed(url, port, head, running, seconds, process))
    return {
        "get_p50_ms": 1000 * statistics.median(got),
        "get_p99_ms": 1000 * percentile(got, 99),
        "gets_per_second": rate,
        "post_p50_ms": 1000 * statistics.median(posted),
        "post_p99_ms": 1000 * percentile(posted, 99),
        "stream_delay_p50_ms": 1000 * statistics.median(delays),
        "stream_delay_p95_ms": 1000 * percentile(delays, 95),
        "streams_mb": (held - before) / 1e6,
    }


POSTED = specification(trials=4, epochs=1, sampler="random").model_dump(mode="json") | {"name": "posted"}


def percentile(values: list[float], per_cent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[per_cent - 1]


def fill(url: str) -> tuple[str, int]:
    """A ledger of finished sweeps and one that runs; returns the administrator's token and the running sweep."""
    desk = Desk(url)
    token = desk.ledger.accounts.new_token("admin", "benchmark")
    for _ in range(SWEEPS - 1):
        sweep = desk.sweep(TRIALS, 1, "random")
        desk.finished(sweep, TRIALS)
        desk.ledger.sweeps.move(sweep, SweepState.CONFIRMING, attempt=1)
        if not desk.ledger.sweeps.end(sweep, SweepState.COMPLETED, attempt=1):
            raise RuntimeError(f"sweep {sweep} did not end")
    running = desk.sweep(TRIALS, 1000, "random")
    desk.ledger.close()
    return token, running


def mix(port: int, token: str) -> list[str]:
    """Addresses that people's programs read: of 32 sweeps all over the ledger."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}) as client:
        page = client.get("/api/v1/sweeps", params={"limit": 200}).raise_for_status().json()
    paths = []
    for item in page["items"][1:33]:
        own = f"/api/v1/sweeps/{item['id']}"
        paths += ["/api/v1/sweeps", own, f"{own}/trials", f"{own}/events"]
    return paths


@contextmanager
def serving(url: str) -> Iterator[tuple[int, int]]:
    """The API as a process of its own: its port and process id. No cluster is there: nothing that is posted starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            "NPSWEEP_LEDGER_URL": url,
            "NPSWEEP_STORAGE": folder,
            "NPSWEEP_DATASETS": folder,
            "NPSWEEP_PORT": str(port),
            "NPSWEEP_RAY_URL": "http://127.0.0.1:9",
            "NPSWEEP_RATE_PER_SECOND": "0",
            "NPSWEEP_STREAMS_PER_TOKEN": "0",
        }
        with (Path(folder) / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "service.server"], env=os.environ | variables, stdout=log, stderr=log
            )
            try:
                wait_until_served(port)
                yield port, process.pid
            finally:
                process.terminate()
                process.wait(20)


def wait_until_served(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz").raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def booking(url: str, sweep: int) -> Iterator[None]:
    """Another process that books epochs of the running sweep, as its coordinator does."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=book, args=(url, sweep), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def book(url: str, sweep: int) -> None:
    ledger = Ledger(url)
    first = Batch()
    for number in range(EPOCHS_PER_BATCH):
        trial, member = booked(sweep, number, PastTrial({}, TrialState.RUNNING, None, {}))
        first.trials[number], first.members["search", number, 0] = trial, member
    ledger.trials.book(sweep, 1, first)
    for epoch in range(1, 1_000_000):
        batch = Batch(events=[("epoch", {"epoch": epoch})])
        batch.epochs = [NewEpoch("search", number, 0, epoch, {"x": 0.5}) for number in range(EPOCHS_PER_BATCH)]
        ledger.trials.book(sweep, 1, batch)
        time.sleep(1 / BATCHES_PER_SECOND)


async def streamed(url: str, port: int, head: str, sweep: int, seconds: float, process: int) -> tuple[list[float], int]:
    """The delays of all events on all streams, and what the server held at the end."""
    begun, delays = time.time(), list[float]()
    ledger = Ledger(url)
    head += f"Last-Event-ID: {ledger.events.newest(sweep)}\r\n"  # what comes from now on: a page that is reloaded
    ledger.close()

    heard: set[int] = set()

    async def follow(stream: int) -> None:
        connection = await Connection.open(port)
        await connection.send(request("GET", f"/api/v1/sweeps/{sweep}/events", head))
        async for line in connection.lines():
            if line.startswith(b"data:"):
                at = datetime.fromisoformat(json.loads(line[5:])["at"]).timestamp()
                if at > begun + 2:  # what came before the last stream was open is history
                    delays.append(time.time() - at)
                    heard.add(stream)

    tasks = [asyncio.create_task(follow(stream)) for stream in range(STREAMS)]
    await asyncio.sleep(seconds + 2)
    held = psutil.Process(process).memory_info().rss
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if len(heard) < STREAMS:
        raise RuntimeError(f"only {len(heard)} of {STREAMS} streams heard an event")
    return delays, held


if __name__ == "__main__":
    main()
