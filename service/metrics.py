"""What Prometheus reads at /metrics: totals alone, with no name of a team, a user or a sweep."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.control.reconciler import Reconciler
from sweeps.ledger import Ledger
from sweeps.ledger.errors import LedgerUnreachable
from sweeps.states import SweepState

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Metrics:
    """One application's; every process of the API counts for itself."""

    def __init__(self, ledger: Ledger) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "npsweep_requests", "Answered requests.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "npsweep_request_seconds",
            "Seconds from a request to the end of its answer.",
            ["method", "route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge("npsweep_open_streams", "Event streams that are open now.", registry=self.registry)
        self.ledger_errors = Counter(
            "npsweep_ledger_errors", "Requests for which the ledger could not be reached.", registry=self.registry
        )
        self.registry.register(SweepCounts(ledger, self.ledger_errors))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request; a method that does not exist is a stranger's text."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def watch(self, reconciler: Reconciler) -> None:
        """Tells how the reconciler of this process gets on."""
        self.registry.register(Looks(reconciler))

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)


class SweepCounts(Collector):
    """All teams' sweeps by state, counted when they are asked for."""

    def __init__(self, ledger: Ledger, errors: Counter) -> None:
        self._ledger = ledger
        self._errors = errors

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask a ledger that has no tables yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            counts = self._ledger.sweeps.counts()
        except LedgerUnreachable:
            self._errors.inc()
            return
        family = GaugeMetricFamily("npsweep_sweeps", "Sweeps by state.", labels=["state"])
        for state in SweepState:
            family.add_metric([state.value], counts.get(state, 0))
        yield family


class Looks(Collector):
    """Whether the reconciler still looks at the ledger and the cluster."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler

    def collect(self) -> Iterator[Metric]:
        looks, looked_at = self._reconciler.looks, self._reconciler.looked_at
        total = GaugeMetricFamily("npsweep_reconciler_looks", "Looks at the ledger since this process started.")
        total.add_metric([], looks)
        yield total
        if looked_at is not None:
            age = GaugeMetricFamily("npsweep_reconciler_look_age_seconds", "Seconds since the last look.")
            age.add_metric([], time.monotonic() - looked_at)
            yield age
