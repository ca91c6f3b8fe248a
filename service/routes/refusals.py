"""The error answers of routes, for the OpenAPI document."""

from typing import Any

from service.problems.details import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_TEXTS = {
    400: "The body cannot be read as JSON.",
    401: "No token, or one that is unknown, revoked, expired, or of a deactivated user.",
    403: "The caller's role, or the scope of the token, does not permit this.",
    404: "The caller's team has nothing of this id.",
    409: "The present state does not allow this, or the idempotency key is taken; `detail` says what does.",
    412: "The sweep has changed since the `ETag` in If-Match, so fetch it again; or what was asked for has no version.",
    413: "The body is above the limit.",
    414: "The address is longer than any of ours.",
    415: "The body is not declared as JSON.",
    422: "A specification or parameter breaks a rule; `errors` lists every finding.",
    429: (
        "The token sends too many requests or has too many streams open, or too many requests without a valid one came "
        "from the address; see Retry-After."
    ),
    503: "The service's database is away; see Retry-After.",
}


def refusals(*statuses: int) -> Responses:
    """Problem details for these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TEXTS[status], "content": content} for status in statuses}
