"""Problem details (RFC 9457): the one shape of every error answer."""

import json
import math
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from service.request_ids import request_id
from sweeps.redaction import without_own_tokens

MEDIA_TYPE = "application/problem+json"
LONGEST_VALUE = 200
SHOWN_AS = "problem_page"
"""Where in a request's state it stands how a problem becomes a page, if the request came from a reader of pages."""
AsPage = Callable[[dict[str, Any], dict[str, str]], Response]
"""From a problem and the headers that it sets."""


class Finding(BaseModel):
    """One thing that is wrong with what was sent."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    field: str
    """Path of the field, for example `compare[2].space.learning_rate`."""
    value: Any = None
    """What stands there; shortened where it is long, null where nothing does."""
    rule: str
    """The rule that it breaks."""
    remedy: str
    """What to write instead."""


class Problem(BaseModel):
    """Why a request was not fulfilled, for programs (`type`) and people (`detail`)."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={
            "example": {
                "type": "urn:npsweep:problem:no-such-sweep",
                "title": "No such sweep",
                "status": 404,
                "detail": "there is no sweep 12; `npsweep list` or GET /api/v1/sweeps lists those of your team",
                "errors": [],
                "request_id": "3f0c6f0e6c1c4d0e9a510f3c2d7b8a11",
            }
        },
    )

    type: str
    """A stable name of the kind of problem."""
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    """What happened here and what can be done about it."""
    errors: list[Finding] = []
    """For a bad specification or parameter: every finding."""
    request_id: str | None = None
    """As in the answer's X-Request-Id; the service's log tells more under it."""


class ProblemResponse(JSONResponse):
    """A problem on the wire: ASCII and finite, whatever was sent to us; or as a page, where its reader wants one."""

    media_type = MEDIA_TYPE

    def __init__(self, content: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(content, status, headers)
        self._content = content
        self._given = headers or {}

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=True, allow_nan=False).encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        as_page: AsPage | None = scope.get("state", {}).get(SHOWN_AS)
        if as_page is None:
            await super().__call__(scope, receive, send)
        else:
            await as_page(self._content, self._given)(scope, receive, send)


def problem(
    status: int,
    name: str,
    detail: str,
    errors: list[Finding] | None = None,
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    """The answer for a problem called `name`, such as `no-such-sweep`."""
    body = {
        "type": f"urn:npsweep:problem:{name}",
        "title": name.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "errors": [finding.model_dump() for finding in errors or []],
        "request_id": request_id.get(),
    }
    return ProblemResponse(body, status, headers)


def too_many(what: str, reason: str, wait: float) -> ProblemResponse:
    """The answer to who has to slow down. `what`: for example requests; `wait`: seconds until more are taken."""
    seconds = math.ceil(wait)
    return problem(429, f"too-many-{what}", f"{reason}; go on in {seconds} s", headers={"Retry-After": str(seconds)})


def shown(value: object) -> Any:
    """`value` as it can stand in a problem: plain, finite, short, and without a token that was put in a wrong place."""
    try:
        text = without_own_tokens(json.dumps(value, allow_nan=False, default=str))
    except (ValueError, RecursionError):
        return without_own_tokens(_in_ascii(value))[:LONGEST_VALUE]
    return json.loads(text) if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _in_ascii(value: object) -> str:
    """Of what not even Python writes out, such as a number of 5,000 digits, its kind alone."""
    try:
        return ascii(value)
    except (ValueError, RecursionError):
        return f"a value of type {type(value).__name__} too long to be shown"
