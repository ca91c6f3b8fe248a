"""One table from named exceptions to problems, and the handlers that apply it."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.problems.details import ProblemResponse, problem
from service.problems.findings import findings
from service.problems.refusals import (
    BadCursor,
    BadEventId,
    BadPosition,
    InvalidSpecification,
    NoSuchArm,
    NotAllowed,
    NotAuthenticated,
    NothingToShow,
    NotText,
    Refusal,
    TooManyStreams,
)
from sweeps.ledger.errors import (
    ChangedMeanwhile,
    KeyInUse,
    KeyReused,
    LastAdmin,
    LedgerUnreachable,
    NameTaken,
    NoSuchReconciliation,
    NoSuchSweep,
    NoSuchTeam,
    NoSuchToken,
    NoSuchTrial,
    NoSuchUser,
    QuotaUsedUp,
    UserDeactivated,
    WrongState,
)

STATUS: dict[type[Exception], tuple[int, str]] = {
    NoSuchSweep: (404, "no-such-sweep"),
    NoSuchTrial: (404, "no-such-trial"),
    NoSuchReconciliation: (404, "no-such-reconciliation"),
    NoSuchUser: (404, "no-such-user"),
    NoSuchToken: (404, "no-such-token"),
    NoSuchTeam: (404, "no-such-team"),
    NothingToShow: (404, "nothing-to-show"),
    WrongState: (409, "wrong-state"),
    KeyReused: (409, "idempotency-key-reused"),
    KeyInUse: (409, "idempotency-key-in-use"),
    ChangedMeanwhile: (412, "changed-meanwhile"),
    NameTaken: (409, "name-taken"),
    LastAdmin: (409, "last-admin"),
    UserDeactivated: (409, "user-deactivated"),
    QuotaUsedUp: (409, "quota-used-up"),
    NotAuthenticated: (401, "not-authenticated"),
    NotAllowed: (403, "not-allowed"),
    NotText: (422, "not-text"),
    NoSuchArm: (422, "no-such-arm"),
    BadCursor: (422, "bad-cursor"),
    BadEventId: (422, "bad-event-id"),
    BadPosition: (422, "bad-position"),
    TooManyStreams: (429, "too-many-streams"),
    LedgerUnreachable: (503, "ledger-unreachable"),
}
REMEDIES: dict[type[Exception], tuple[str]] = {
    NoSuchSweep: ("`npsweep list` or GET /api/v1/sweeps lists those of your team",),
    NoSuchTrial: ("GET /api/v1/sweeps/{sweep_id}/trials lists those that it has",),
    NoSuchUser: ("`npsweep team users` or GET /api/v1/users lists those of your team",),
    NoSuchToken: ("`npsweep tokens list` or GET /api/v1/tokens lists yours",),
    NoSuchTeam: ("`npsweep teams list` or GET /api/v1/teams lists them",),
    NoSuchReconciliation: ("POST /api/v1/sweeps/{sweep_id}/reconcile asks for one and says its number",),
}
"""For what the ledger does not know: it does not know either how its callers look for things."""
HEADERS: dict[type[Exception], dict[str, str]] = {
    NotAuthenticated: {"WWW-Authenticate": 'Bearer realm="npsweep"'},
    LedgerUnreachable: {"Retry-After": "5"},
    TooManyStreams: {"Retry-After": "5"},
    KeyInUse: {"Retry-After": "1"},
}
WITH_SPECIFICATION = ("/sweeps", "/sweeps/validate")
"""Where a specification is posted; elsewhere the body has fields of its own."""
HTTP_NAMES = {400: "not-json", 404: "no-such-page", 405: "method-not-allowed", 413: "body-too-large"}
HTTP_DETAILS = {
    400: "the body cannot be read as JSON; send one JSON object",
    404: "there is no page at this address; /docs lists them all",
    405: "this address does not take this method; /docs says which it takes",
}


def add_error_handlers(app: FastAPI, schema: Callable[[], Mapping[str, Any]]) -> None:
    """`schema`: gives the JSON schema of a specification, which helps to put a misspelt field right."""
    for kind in STATUS:
        app.add_exception_handler(kind, _named)
    app.add_exception_handler(HTTPException, _http)

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        is_specification = isinstance(error, InvalidSpecification) or request.url.path.endswith(WITH_SPECIFICATION)
        return _invalid(request, error, schema() if is_specification else None)

    app.add_exception_handler(RequestValidationError, invalid)


def answer_to(error: Exception) -> ProblemResponse:
    """The problem of a named exception."""
    status, name = STATUS[type(error)]
    found = error.finding if isinstance(error, Refusal) else None
    detail = "; ".join([str(error), *REMEDIES.get(type(error), ())])
    return problem(status, name, detail, [found] if found else None, headers=HEADERS.get(type(error)))


def _named(request: Request, error: Exception) -> Response:
    if isinstance(error, LedgerUnreachable):
        request.app.state.metrics.ledger_errors.inc()
    return answer_to(error)


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    detail = HTTP_DETAILS.get(status, str(error.detail))
    headers = dict(error.headers) if error.headers else None
    return problem(status, HTTP_NAMES.get(status, "http-error"), detail, headers=headers)


def _invalid(request: Request, error: RequestValidationError, schema: Mapping[str, Any] | None) -> Response:
    """`schema`: of the specification, where the body is one."""
    problems = error.errors()
    if any(one["type"] == "json_invalid" for one in problems):
        position = problems[0]["loc"][-1]
        reason = problems[0].get("ctx", {}).get("error", "it is cut off")
        return problem(400, "not-json", f"the body is no JSON: at character {position}: {reason}; send one JSON object")
    if isinstance(error.body, bytes):
        sent = request.headers.get("content-type") or "nothing"
        return problem(
            415, "not-declared-as-json", f"Content-Type says {sent!r}; send JSON with Content-Type: application/json"
        )
    found = findings(problems, error.body, schema)
    first = found[0]
    more = f" (and {len(found) - 1} more under `errors`)" if len(found) > 1 else ""
    detail = f"{first.field}: {first.rule}; {first.remedy}{more}"
    in_body = any(one["loc"][0] == "body" for one in problems)
    kind = "invalid-parameter" if not in_body else "invalid-request" if schema is None else "invalid-specification"
    return problem(422, kind, detail, found)


def unforeseen() -> ProblemResponse:
    """The answer where we fail."""
    return problem(500, "internal-error", "the service failed here; its log says why. Please report it.")
