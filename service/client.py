"""A small typed client of the REST API. The command line uses it; so can you:

with Client("http://127.0.0.1:8800", token) as client:
    sweep = client.submit(document)

Where a connection breaks or the service is overloaded, a request is sent again; a POST under one idempotency key, so
that it is carried out once.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from types import MappingProxyType, TracebackType
from typing import IO, TYPE_CHECKING, Any

import httpx
from pydantic import TypeAdapter

from service.account_views import (
    AuditView,
    MeView,
    NewTeamView,
    NewTokenView,
    NewUserView,
    TeamView,
    TokenView,
    UserView,
)
from service.client_events import Received, as_event, followed
from service.problems import Problem
from service.request_ids import HEADER as REQUEST_ID
from service.retries import Retries
from service.views import (
    Event,
    InheritedView,
    LogEntryView,
    LogPage,
    Named,
    Page,
    Readiness,
    ReconciliationView,
    RuleView,
    SweepSummary,
    SweepView,
    TrialSummary,
    TrialView,
    UsageView,
    ValidatedView,
)

if TYPE_CHECKING:
    from pandas import DataFrame

RECONCILIATION_POLL_SECONDS = 0.3

STREAM_SECONDS = 60.0
"""Without a sign of life, of which a stream gives one in 15, after which the connection counts as broken."""

Document = dict[str, Any]
Params = Mapping[str, str | list[str]]


class ServiceProblem(Exception):
    """The service refused; `problem` says why, and under which request id its log tells more."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail + (f" (request {problem.request_id})" if problem.request_id else ""))
        self.problem = problem


class ServiceUnreachable(Exception):
    """Nobody answers at the service's address."""


class Client:
    """One connection to one service. Raises ServiceProblem and ServiceUnreachable."""

    def __init__(self, url: str, token: str, timeout: float = 30.0, tries: int = 6) -> None:
        """`tries`: how often a request is sent at most where its connection breaks."""
        self._tries = tries
        local = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            trust_env=not local,  # a proxy of the environment does not lead to this machine
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def submit(self, document: object, priority: int = 0) -> SweepView:
        """Posts a specification. `priority`: sweeps of a higher one come first; above 0 only from an operator."""
        params = {"priority": str(priority)} if priority else None
        return SweepView.model_validate(self._call("POST", "/api/v1/sweeps", json=document, params=params))

    def validate(self, document: object) -> ValidatedView:
        """Checks a specification; returns it resolved, with its plan."""
        return ValidatedView.model_validate(self._call("POST", "/api/v1/sweeps/validate", json=document))

    def sweeps(self, limit: int = 1_000_000, archived: bool = False, **wanted: str) -> Iterator[SweepSummary]:
        """The team's sweeps, newest first, page by page; the archived ones instead of the others.

        `wanted` filters and sorts, as `state="running"` or `sort="-name"`.
        """
        for item in self._items("/api/v1/sweeps", limit, {"archived": str(archived).lower(), **wanted}):
            yield SweepSummary.model_validate(item)

    def sweep(self, sweep_id: int) -> SweepView:
        return SweepView.model_validate(self._call("GET", f"/api/v1/sweeps/{sweep_id}"))

    def trials(
        self, sweep_id: int, limit: int = 1_000_000, arm: str | None = None, state: str | None = None, **wanted: str
    ) -> Iterator[TrialSummary]:
        """A sweep's trials by number, page by page; of one arm, in one state.

        `wanted` filters and sorts further, as `origin="enqueued"` or `sort="-value"`.
        """
        for item in self._items(f"/api/v1/sweeps/{sweep_id}/trials", limit, wanted | _given(arm=arm, state=state)):
            yield TrialSummary.model_validate(item)

    def inherited(self, sweep_id: int) -> Iterator[InheritedView]:
        """The trials of earlier sweeps with which the sweep's samplers began, page by page."""
        for item in self._items(f"/api/v1/sweeps/{sweep_id}/inherited", 1_000_000):
            yield InheritedView.model_validate(item)

    def trial(self, sweep_id: int, number: int) -> TrialView:
        return TrialView.model_validate(self._call("GET", f"/api/v1/sweeps/{sweep_id}/trials/{number}"))

    def stop(self, sweep_id: int) -> SweepView:
        """Asks for an orderly end."""
        return self._act(sweep_id, "stop")

    def pause(self, sweep_id: int) -> SweepView:
        """Frees the devices; the sweep goes on when it is resumed."""
        return self._act(sweep_id, "pause")

    def resume(self, sweep_id: int) -> SweepView:
        """Queues a paused, stopped or failed sweep again."""
        return self._act(sweep_id, "resume")

    def extend(self, sweep_id: int, trials: int) -> SweepView:
        """Raises the budget to `trials` for each arm."""
        return self._act(sweep_id, "extend", {"trials": trials})

    def enqueue(self, sweep_id: int, arm: str, configuration: Document) -> SweepView:
        """Lets an arm try a configuration before what its sampler suggests."""
        return self._act(sweep_id, "enqueue", {"arm": arm, "configuration": configuration})

    def lanes(self, sweep_id: int, lanes: int | str, trials_per_lane: int | str = "auto") -> SweepView:
        """Changes how many lanes the sweep has, also while it runs."""
        return self._act(sweep_id, "lanes", {"lanes": lanes, "trials_per_lane": trials_per_lane})

    def prioritise(self, sweep_id: int, priority: int) -> SweepView:
        """Lets a sweep come before or after others."""
        return self._act(sweep_id, "priority", {"priority": priority})

    def retry(self, sweep_id: int) -> SweepView:
        """Trains every failed trial again."""
        return self._act(sweep_id, "retry")

    def clone(
        self, sweep_id: int, changes: Document | None = None, labels: Sequence[str] = (), note: str | None = None
    ) -> SweepView:
        """Posts a sweep's specification anew, with `changes`, a JSON merge patch, to it."""
        return self._act(sweep_id, "clone", {"changes": changes or {}, "labels": list(labels), "note": note})

    def label(self, sweep_id: int, labels: Sequence[str]) -> SweepView:
        """Gives the sweep these labels in place of those it has."""
        return self._change(sweep_id, {"labels": list(labels)})

    def note(self, sweep_id: int, note: str | None) -> SweepView:
        """Writes a note to the sweep; None removes it."""
        return self._change(sweep_id, {"note": note})

    def archive(self, sweep_id: int, archived: bool = True) -> SweepView:
        """Hides a sweep that has ended from lists, or shows it again."""
        return self._change(sweep_id, {"archived": archived})

    def delete(self, sweep_id: int, keep_runs: bool = False) -> None:
        """Deletes a sweep that has ended, for good, and marks its MLflow runs deleted unless they are kept."""
        self._send("DELETE", f"/api/v1/sweeps/{sweep_id}", params={"keep_runs": str(keep_runs).lower()})

    def reconcile(self, sweep_id: int, mend: bool = False, patience: float = 600.0) -> ReconciliationView:
        """Compares ledger, MLflow and storage; with `mend` puts the latter two right.

        Returns what the tracking process has found, or the request as it stands where that takes above `patience` s.
        """
        path = f"/api/v1/sweeps/{sweep_id}"
        asked = ReconciliationView.model_validate(self._call("POST", f"{path}/reconcile", json={"mend": mend}))
        deadline = time.monotonic() + patience
        while asked.state == "waiting" and time.monotonic() < deadline:
            time.sleep(RECONCILIATION_POLL_SECONDS)
            found = self._call("GET", f"{path}/reconciliations/{asked.number}")
            asked = ReconciliationView.model_validate(found)
        return asked

    def report(self, sweep_id: int, format: str) -> str:
        """The report as text: table, md, csv or json."""
        return self._send("GET", f"/api/v1/sweeps/{sweep_id}/report", params={"format": format}).text

    def compare(self, sweep_ids: Sequence[int], format: str = "table") -> str:
        """Several sweeps side by side, as text: table, md, csv or json."""
        ids = [str(sweep_id) for sweep_id in sweep_ids]
        return self._send("GET", "/api/v1/sweeps/compare", params={"ids": ids, "format": format}).text

    def export(self, sweep_id: int, file: IO[bytes], format: str = "parquet", epochs: bool = False) -> None:
        """Writes all trials, or with `epochs` all epochs, into `file` as CSV or Parquet, a part at a time."""
        params = {"format": format, "epochs": str(epochs).lower()}
        try:
            with self._stream(f"/api/v1/sweeps/{sweep_id}/trials/export", params) as answer:
                for part in answer.iter_bytes():
                    file.write(part)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def trials_frame(self, sweep_id: int, epochs: bool = False) -> "DataFrame":
        """All trials as a pandas DataFrame, a row a trial; with `epochs` a row an epoch of a network."""
        from pandas import read_parquet  # here: it takes a second

        file = BytesIO()
        self.export(sweep_id, file, epochs=epochs)
        file.seek(0)
        return read_parquet(file)

    def events(self, sweep_id: int, after: int = 0, patience: float = 60.0) -> Iterator[Event]:
        """A sweep's events with ids above `after`, until it has ended. A broken connection is taken up again; a service
        that does not answer is waited for, `patience` seconds."""
        path = f"/api/v1/sweeps/{sweep_id}/events"
        return map(as_event, self._follow(path, str(after), lambda: self.sweep(sweep_id).state.is_final, patience))

    def team_events(self, after: int | None = None, patience: float = 60.0) -> Iterator[Event]:
        """The events of all the team's sweeps, without end: those with ids above `after`, or from now on."""
        start = None if after is None else str(after)
        return map(as_event, self._follow("/api/v1/events", start, lambda: False, patience))

    def logs(
        self, sweep_id: int, attempt: int | None = None, source: str | None = None, tail: int | None = None
    ) -> Iterator[LogEntryView]:
        """What the sweep's driver, coordinator and lanes have said, in order; or the last `tail` entries.

        `source`: driver, coordinator, lane (all of them) or one lane, such as lane-0.
        """
        params = _given(attempt=attempt, source=source, tail=tail)
        path, cursor = f"/api/v1/sweeps/{sweep_id}/logs", None
        while True:
            page = LogPage.model_validate(self._call("GET", path, params=params | _given(cursor=cursor)))
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def follow_logs(
        self, sweep_id: int, attempt: int | None = None, source: str | None = None, patience: float = 60.0
    ) -> Iterator[LogEntryView]:
        """The same, and what is said from now on, until the sweep has ended."""
        path, params = f"/api/v1/sweeps/{sweep_id}/logs/stream", _given(attempt=attempt, source=source)
        found = self._follow(path, None, lambda: self.sweep(sweep_id).state.is_final, patience, params)
        return (LogEntryView.model_validate(one.data) for one in found)

    def usage(self, since: str | None = None) -> UsageView:
        """Device seconds of the team's sweeps; `since`: only of those posted since this date or time, in ISO 8601."""
        params = {"since": since} if since else None
        return UsageView.model_validate(self._call("GET", "/api/v1/usage", params=params))

    def rules(self) -> list[RuleView]:
        return TypeAdapter(list[RuleView]).validate_python(self._call("GET", "/api/v1/rules"))

    def data_sets(self) -> list[Named]:
        return TypeAdapter(list[Named]).validate_python(self._call("GET", "/api/v1/datasets"))

    def me(self) -> MeView:
        """Who this token belongs to, and what it may do."""
        return MeView.model_validate(self._call("GET", "/api/v1/me"))

    def tokens(self, user: int | None = None, everyone: bool = False, ended: bool = False) -> Iterator[TokenView]:
        """Your tokens, another user's, or with `everyone` the whole team's, newest first."""
        params = {"everyone": str(everyone), "ended": str(ended)} | ({"user": str(user)} if user else {})
        for item in self._items("/api/v1/tokens", 1_000_000, params):
            yield TokenView.model_validate(item)

    def create_token(
        self,
        name: str,
        scope: str = "write",
        days: int | None = None,
        expires_at: str | None = None,
        user: int | None = None,
    ) -> NewTokenView:
        """A new token with its secret, which is shown this once; `expires_at` in ISO 8601, or in so many days."""
        wanted = {"name": name, "scope": scope, "days": days, "expires_at": expires_at, "user": user}
        return NewTokenView.model_validate(self._call("POST", "/api/v1/tokens", json=wanted))

    def revoke_token(self, token_id: int) -> TokenView:
        """Ends a token at once and for good."""
        return TokenView.model_validate(self._call("DELETE", f"/api/v1/tokens/{token_id}"))

    def users(self, name: str | None = None) -> Iterator[UserView]:
        """The team's users by id, or the one of this name."""
        for item in self._items("/api/v1/users", 1_000_000, {"name": name} if name else {}):
            yield UserView.model_validate(item)

    def add_user(self, name: str, role: str = "member") -> NewUserView:
        """A new user of the team, with a first token."""
        return NewUserView.model_validate(self._call("POST", "/api/v1/users", json={"name": name, "role": role}))

    def change_user(
        self, user_id: int, role: str | None = None, is_active: bool | None = None, is_operator: bool | None = None
    ) -> UserView:
        """Changes what is given."""
        wanted = {"role": role, "is_active": is_active, "is_operator": is_operator}
        return UserView.model_validate(self._call("PATCH", f"/api/v1/users/{user_id}", json=wanted))

    def team(self) -> TeamView:
        """Your team with its quotas and what it has used this month."""
        return TeamView.model_validate(self._call("GET", "/api/v1/team"))

    def teams(self) -> Iterator[TeamView]:
        """All teams by id, for operators."""
        for item in self._items("/api/v1/teams", 1_000_000):
            yield TeamView.model_validate(item)

    def add_team(self, name: str, admin: str, quotas: Document | None = None) -> NewTeamView:
        """A new team with its first admin and their token; `quotas` as in `change_team`."""
        document = {"name": name, "admin": admin} | (quotas or {})
        return NewTeamView.model_validate(self._call("POST", "/api/v1/teams", json=document))

    def change_team(self, team_id: int, quotas: Document) -> TeamView:
        """Sets those of weight, max_lanes, max_queued, max_device_hours that are given; None removes a limit."""
        return TeamView.model_validate(self._call("PATCH", f"/api/v1/teams/{team_id}", json=quotas))

    def audit(
        self, limit: int = 1_000_000, user: str | None = None, action: str | None = None, since: str | None = None
    ) -> Iterator[AuditView]:
        """What was done in the team, newest first; `since` in ISO 8601."""
        wanted = {"user": user, "action": action, "since": since}
        params = {name: value for name, value in wanted.items() if value is not None}
        for item in self._items("/api/v1/audit", limit, params):
            yield AuditView.model_validate(item)

    def readiness(self) -> Readiness:
        """Whether every part is there; a part that is not is no error here."""
        return Readiness.model_validate(self._send("GET", "/readyz", accept_unready=True).json())

    def _act(self, sweep_id: int, verb: str, body: Document | None = None) -> SweepView:
        return SweepView.model_validate(self._call("POST", f"/api/v1/sweeps/{sweep_id}/{verb}", json=body))

    def _change(self, sweep_id: int, remarks: Document) -> SweepView:
        return SweepView.model_validate(self._call("PATCH", f"/api/v1/sweeps/{sweep_id}", json=remarks))

    def _follow(
        self,
        path: str,
        after: str | None,
        is_over: Callable[[], bool],
        patience: float,
        params: Params = MappingProxyType({}),
    ) -> Iterator[Received]:
        """A service that restarts, or has lost its ledger for a while, is waited for."""

        @contextmanager
        def connect(headers: dict[str, str]) -> Iterator[tuple[bool, httpx.Response]]:
            try:
                was_over = is_over()
                with self._stream(path, params, headers) as answer:
                    yield was_over, answer
            except ServiceUnreachable as error:
                raise httpx.ConnectError(str(error)) from error
            except ServiceProblem as error:
                if error.problem.status < httpx.codes.INTERNAL_SERVER_ERROR:
                    raise
                raise httpx.ConnectError(str(error)) from error

        try:
            yield from followed(connect, after, patience)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _items(self, path: str, limit: int, wanted: Mapping[str, str] = MappingProxyType({})) -> Iterator[Document]:
        params = {**wanted, "limit": str(min(limit, 200))}
        while limit > 0:
            page = Page[Document].model_validate(self._call("GET", path, params=params))
            yield from page.items[:limit]
            limit -= len(page.items)
            if page.next is None:
                return
            params["cursor"] = page.next

    def _call(self, method: str, path: str, json: object = None, params: Params | None = None) -> Any:
        return self._send(method, path, json=json, params=params).json()

    def _send(
        self,
        method: str,
        path: str,
        json: object = None,
        params: Params | None = None,
        accept_unready: bool = False,
    ) -> httpx.Response:
        key = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        answer = self._sent(self._http.build_request(method, path, json=json, params=params, headers=key))
        if answer.is_error and not (accept_unready and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE):
            raise ServiceProblem(_problem(answer))
        return answer

    def _sent(self, request: httpx.Request) -> httpx.Response:
        """The answer in the end; the request is sent again where that can do nothing twice."""
        retries = Retries(self._tries)
        while True:
            try:
                answer = self._http.send(request)
                pause = retries.after_answer(answer)
            except httpx.TransportError as error:
                pause = retries.after_error(request, error)
                if pause is None:
                    raise self._unreachable(error) from error
            else:
                if pause is None:
                    return answer
            time.sleep(pause)

    @contextmanager
    def _stream(
        self, path: str, params: Params | None = None, headers: dict[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """An answer that is read while it comes. Raises httpx.TransportError where the connection breaks."""
        with self._http.stream("GET", path, params=params, headers=headers, timeout=STREAM_SECONDS) as answer:
            if answer.is_error:
                answer.read()
                raise ServiceProblem(_problem(answer))
            yield answer

    def _unreachable(self, error: httpx.HTTPError) -> ServiceUnreachable:
        reason = str(error) or type(error).__name__
        return ServiceUnreachable(f"nothing answers at {self._http.base_url}: {reason}")


def _given(**params: object) -> dict[str, str]:
    """Those that are not None."""
    return {name: str(value) for name, value in params.items() if value is not None}


def _problem(answer: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(answer.content)
    except ValueError:
        status, request = answer.status_code, answer.headers.get(REQUEST_ID)
        detail = f"the service answered {status}: {answer.text[:200]}"
        return Problem(type="about:blank", title="Error", status=status, detail=detail, request_id=request)
