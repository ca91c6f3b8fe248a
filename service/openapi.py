"""The OpenAPI document: FastAPI's own, with our problems, and with what middleware gives every route."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.problems.details import Problem
from service.routes.refusals import refusals

Operation = dict[str, Any]

CHANGEABLE = "/api/v1/sweeps/{sweep_id}"

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "A fresh text of yours, such as a UUID. Send the same request again under it, as often as you like, for a day: "
        "it is carried out once, and answered the same with `Idempotency-Replayed: true`."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]{1,200}$"},
    "example": "3f0c6f0e-6c1c-4d0e-9a51-0f3c2d7b8a11",
}

IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": (
        "The `ETag` with which the sweep was last seen: nothing is done, and 412 is answered, where its state has "
        "moved or people have changed it since. Its progress alone is no change. Elsewhere nothing has a version, and "
        "a request that names one is answered 412."
    ),
    "schema": {"type": "string"},
    "example": '"3-0f343b0931126a20f133d67c2b018a3b"',
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of the answer that you have: 304 without a body says that it still holds.",
    "schema": {"type": "string"},
    "example": '"0f343b0931126a20f133d67c2b018a3b"',
}
E_TAG = {
    "description": "Names this answer, for If-None-Match; a sweep's for If-Match too.",
    "schema": {"type": "string"},
}
UNCHANGED = {"description": "What you have still holds.", "headers": {"ETag": E_TAG}}


def openapi(app: FastAPI) -> dict[str, Any]:
    """Made once; FastAPI's place for it is the cache."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        _put_problems(document["components"]["schemas"])
        for method, path, operation in _operations(document):
            _add(operation, [], 414, 422, 429, 503)
            if method == "post":
                _add(operation, [IDEMPOTENCY_KEY], 409)
            if method != "get":
                _add(operation, [IF_MATCH] if path.startswith(CHANGEABLE) else [], 412)
            if method == "get" and "text/event-stream" not in operation["responses"]["200"]["content"]:
                _add(operation, [IF_NONE_MATCH])
                operation["responses"]["304"] = UNCHANGED
                operation["responses"]["200"]["headers"] = {"ETag": E_TAG}
        app.openapi_schema = document
    return app.openapi_schema


def _put_problems(schemas: dict[str, Any]) -> None:
    """Problems in place of FastAPI's validation errors."""
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Method, path and operation of every route under /api."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/api/"):
                yield method, path, operation


def _add(operation: Operation, parameters: list[dict[str, Any]], *statuses: int) -> None:
    """What a route itself says of a status stays."""
    operation.setdefault("parameters", []).extend(parameters)
    for status, answer in refusals(*statuses).items():
        operation["responses"].setdefault(str(status), answer)
