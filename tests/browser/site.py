"""Our site with everything on it that a page can show: a real ledger and the real API, and no cluster."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response

from service.app import create_app
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger.errors import LedgerUnreachable
from sweeps.ledger.records import Caller
from sweeps.roles import Role
from sweeps.states import SweepState, TrialState
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster
from tests.sweeps.booked import BookedSweep

TRIALS = 24
ARMS = [{"rule": "bp"}, {"rule": "anp"}, {"rule": "anp", "decorrelation": True}]
STATES = (TrialState.COMPLETED, TrialState.COMPLETED, TrialState.PRUNED, TrialState.COMPLETED, TrialState.DIVERGED)


@dataclass
class Faults:
    """Of a site; tests may change them."""

    is_away: bool = True
    """Whether the ledger cannot be reached at `/away`, which otherwise leads to the list."""


@dataclass(frozen=True)
class Site:
    address: str
    slow: str
    """The same site where it takes one request a moment."""
    admin: str
    """A token; the next likewise."""
    viewer: str
    running: int
    """A sweep; the next likewise."""
    completed: int
    failed: int
    settings: ServiceSettings
    ledger: Ledger
    faults: Faults


@contextmanager
def a_site(folder: Path) -> Iterator[Site]:
    settings = site_settings(folder)
    with ExitStack() as held:
        ledger = Ledger(settings.ledger_url)
        held.callback(ledger.close)
        ledger.migrate()
        admin = ledger.accounts.first_admin() or ""
        caller = ledger.accounts.caller(admin)
        assert caller is not None
        running, completed, failed = filled(ledger, caller)
        viewer = ledger.users.add(caller.team_id, "vera", Role.VIEWER)[1].secret
        slowly = settings.model_copy(update={"rate_per_second": 0.001, "rate_burst": 1.0})
        faults = Faults()
        address = held.enter_context(served(lambda closing: with_faults(settings, faults, closing)))
        slow = held.enter_context(served(lambda closing: create_app(slowly, MemoryCluster(), closing)))
        yield Site(address, slow, admin, viewer, running, completed, failed, settings, ledger, faults)


def site_settings(folder: Path) -> ServiceSettings:
    return ServiceSettings(
        ledger_url=f"sqlite:///{folder / 'ledger.db'}",
        storage=folder / "storage",
        datasets=folder / "datasets",
        tracking_url="http://127.0.0.1:9",
        reconciler_interval=3600.0,
    )


def with_faults(settings: ServiceSettings, faults: Faults, closing: Callable[[], bool]) -> FastAPI:
    """The app, with two addresses at which it has trouble."""
    app = create_app(settings, MemoryCluster(), closing)

    def broken() -> NoReturn:
        raise RuntimeError("broken for the test")

    def away() -> Response:
        if faults.is_away:
            raise LedgerUnreachable("away for the test")
        return RedirectResponse("/sweeps")

    app.add_api_route("/broken", broken, response_model=None)
    app.add_api_route("/away", away, response_model=None)
    return app


def filled(ledger: Ledger, owner: Caller) -> tuple[int, int, int]:
    """A running, a completed and a failed sweep of the owner's."""
    running = BookedSweep(ledger, owner=owner, name="fashion-noise", compare=ARMS, budget={"trials": TRIALS})
    book(running, TRIALS)
    running.trial(TRIALS, TrialState.RUNNING, value=None, **configuration(TRIALS))
    completed = BookedSweep(ledger, owner=owner, name="digits-wide", compare=ARMS, budget={"trials": TRIALS // 3})
    book(completed, TRIALS)
    for arm, test in zip(ledger.trials.progress(completed.id, maximise=True), (0.94, 0.81, 0.91), strict=True):
        assert arm.best_trial is not None
        completed.confirmed(arm.best_trial, [test, test - 0.01, test + 0.02])
    completed.end()
    failed = BookedSweep(ledger, owner=owner, name="too large for its lanes")
    failed.trial(0, TrialState.FAILED, value=None)
    ledger.sweeps.end(failed.id, SweepState.FAILED, "no lane could hold a network of this size; use fewer hidden units")
    ledger.shelf.change(running.id, {"note": "which noise scale suits which decorrelation rate?", "labels": ["paper"]})
    return running.id, completed.id, failed.id


def book(sweep: BookedSweep, trials: int) -> None:
    """Trials of every outcome, at configurations that fill the space evenly, better the nearer to 1e-3."""
    for number in range(trials):
        given = configuration(number)
        state = STATES[number % len(STATES)]
        value = 0.9 - 0.04 * sum((math.log10(one) + 3) ** 2 for one in given.values())
        sweep.trial(number, state, None if state is TrialState.DIVERGED else value, **given)


def configuration(number: int) -> dict[str, Any]:
    """Of a trial: multiples of irrational steps (Roberts 2018). Backpropagation, the first arm, has one parameter."""
    steps = {"learning_rate": 0.8191725, "noise_scale": 0.6710436, "decorrelation_rate": 0.5497005}
    searched = list(steps)[: (1, 2, 3)[number % len(ARMS)]]
    return {path: 10.0 ** (-4 + 2 * (number * steps[path] % 1.0)) for path in searched}
