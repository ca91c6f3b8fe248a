"""Schemathesis against the running service: whatever is sent, the answer is one that the OpenAPI document describes."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.engine.run import PhaseName
from sqlalchemy import update

from service.app import create_app
from service.layers.idempotency import KEY
from service.openapi import IF_MATCH
from service.settings import ServiceSettings
from sweeps.ledger import Ledger, tables
from sweeps.states import SweepState, TrialState
from tests.postgresql import PostgresqlServer
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster
from tests.sweeps.booked import BookedSweep

SEED = 20261125
LEAST_CASES = 2_000
ON_POSTGRESQL = 1
"""Example at each route there: what differs from SQLite are the values that a column takes, and seconds matter."""
RANDOM_ALONE = {name: {"enabled": False} for name in ("examples", "coverage", "stateful")}
LOOK_SECONDS = 0.1
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
)


NUMBERS = count()


@dataclass
class Found:
    """What a run has seen."""

    cases: Counter[PhaseName] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    answers: set[tuple[str, int]] = field(default_factory=set)
    """Each route with each status that it answered with."""
    problems: dict[str, str] = field(default_factory=dict)
    """The first failure of each kind at each route, with the command that repeats it."""


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Where the ledger is."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(place: str) -> Iterator[Ledger]:
    """Two finished sweeps of one team, with trials of every kind."""
    ledger = Ledger(place)
    ledger.migrate()
    for number in range(2):
        sweep = BookedSweep(ledger, team=f"team {number}") if number else BookedSweep(ledger)
        states = [TrialState.COMPLETED, TrialState.PRUNED, TrialState.DIVERGED, TrialState.COMPLETED]
        for trial in range(8):
            state = states[trial % 4]
            sweep.trial(trial, state, None if state is TrialState.DIVERGED else 0.5 + trial / 100)
        sweep.confirmed(0, [0.5, 0.6, None])
        sweep.end()
    yield ledger
    ledger.close()


class Well(BaseHTTPRequestHandler):
    """MLflow's page that says that it is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def mlflow() -> Iterator[str]:
    """Where readiness finds MLflow: no more of it is needed here."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Well)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def address(ledger: Ledger, place: str, mlflow: str, tmp_path: Path) -> Iterator[str]:
    """A service that takes any number of requests. Something happens in it all the time, so that no stream waits long,
    and what is posted to it is soon stopped, so that each ends."""
    settings = ServiceSettings(
        ledger_url=place,
        storage=tmp_path / "storage",
        datasets=tmp_path / "datasets",
        tracking_url=mlflow,
        reconciler_interval=3600.0,
        rate_per_second=0,
        failures_per_second=0,
    )
    over, spec = threading.Event(), ledger.sweeps.get(1).spec

    def look_after() -> None:
        while not over.wait(LOOK_SECONDS):
            ledger.sweeps.post(1, 1, spec)
            for sweep in ledger.sweeps.in_states([SweepState.QUEUED, SweepState.PAUSED]):
                ledger.lifecycle.stop(sweep.id)
            let_all_in(ledger)

    with served(lambda closing: create_app(settings, MemoryCluster(), closing)) as address:
        thread = threading.Thread(target=look_after)
        thread.start()
        yield address
        over.set()
        thread.join()


def let_all_in(ledger: Ledger) -> None:
    """What is sent at random revokes its own token and deactivates its own user, too."""
    with ledger.sweeps._writing.begin() as connection:
        connection.execute(update(tables.tokens).values(revoked_at=None, expires_at=None, scope="admin"))
        connection.execute(update(tables.users).values(deactivated_at=None, role="admin", is_operator=True))


def fuzzed(address: str, headers: dict[str, str], most: int, **changes: Any) -> Found:
    """Runs every phase; `most`: examples of the two random phases at each route."""
    settings: dict[str, Any] = {
        "seed": SEED,
        "headers": headers,
        "generation": {"max-examples": most, "database": "none", "no-shrink": True},
        "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
        "continue-on-failure": True,
        "request-timeout": 10,
        "max-stream-events": 3,
    }
    schema = schemathesis.openapi.from_url(
        f"{address}/openapi.json", config=schemathesis.Config.from_dict(settings | changes)
    )
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            note(found, event)
        elif isinstance(event, events.NonFatalError):
            found.problems.setdefault(f"error at {event.label}", str(event.value))
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    """A key that is one counts once, and no sweep has the example's tag: else nearly every request were refused."""
    headers: Mapping[str, Any] = case.headers or {}
    if KEY.fullmatch(str(headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = f"fuzzed-{next(NUMBERS)}"
    if headers.get("If-Match") == IF_MATCH["example"]:
        case.headers["If-Match"] = "*"


def note(found: Found, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        found.cases[event.phase] += 1
        answer = interaction.response
        if answer is not None:
            found.statuses[answer.status_code] += 1
            found.answers.add((recorder.cases[case_id].value.operation.path, answer.status_code))
    for checks in recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                told = f"{failure.title}: {failure.message}\n{check.failure_info.code_sample}"
                found.problems.setdefault(f"{check.name} at {recorder.label} ({failure.title})", told)


def bearer(ledger: Ledger) -> dict[str, str]:
    return {"Authorization": f"Bearer {ledger.accounts.new_token('ada', 'fuzzing')}"}


def told(found: Found) -> str:
    return "\n\n".join(f"{where}\n{what}" for where, what in found.problems.items())


class TestOnPostgresql:
    @pytest.fixture
    def place(self, postgresql: PostgresqlServer) -> str:
        return postgresql.schema()

    def test_no_request_gets_an_answer_that_is_not_documented_there_either(self, address: str, ledger: Ledger) -> None:
        found = fuzzed(address, bearer(ledger), most=ON_POSTGRESQL, phases=RANDOM_ALONE)
        assert not found.problems, told(found)
        assert {200, 202, 422} <= found.statuses.keys(), found.statuses


def test_no_request_gets_an_answer_that_is_not_documented(address: str, ledger: Ledger) -> None:
    found = fuzzed(address, bearer(ledger), most=20)
    assert not found.problems, told(found)
    assert sum(found.cases.values()) >= LEAST_CASES
    tested = (PhaseName.EXAMPLES, PhaseName.COVERAGE, PhaseName.FUZZING, PhaseName.STATEFUL_TESTING)
    assert all(found.cases[phase] for phase in tested), found.cases
    assert {200, 202, 404, 409, 422} <= found.statuses.keys(), found.statuses
    assert not [status for status in found.statuses if status >= 500 and status != 503]


OPEN = {"/healthz", "/readyz"}


def test_without_a_token_there_is_nothing_but_401(address: str) -> None:
    found = fuzzed(address, {}, most=5, phases={"stateful": {"enabled": False}})
    assert not found.problems, told(found)
    closed = {(path, status) for path, status in found.answers if path not in OPEN}
    assert {status for path, status in closed if path.startswith("/api/")} == {401}
    assert {status for path, status in closed if not path.startswith("/api/")} <= {401, 204, 405}
    assert found.statuses[401] > 500
