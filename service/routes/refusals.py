"""The error answers of routes, for the OpenAPI document."""

from typing import Any

from service.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_TEXTS = {
    400: "The body cannot be read as JSON.",
    401: "No token, or one that is unknown, revoked, expired, or of a deactivated user.",
    403: "The caller's role, or the scope of the token, does not permit this.",
    404: "The caller's team has nothing of this id.",
    409: "The present state does not allow this; `detail` says what does.",
    413: "The body is above the limit.",
    415: "The body is not declared as JSON.",
    422: "A specification or parameter breaks a rule; `errors` lists every finding.",
}


def refusals(*statuses: int) -> Responses:
    """Problem details for these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TEXTS[status], "content": content} for status in statuses}
