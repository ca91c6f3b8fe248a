"""Why something was refused, as it is said on the page where it was tried."""

from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from service.problems.errors import STATUS
from service.problems.findings import findings
from sweeps.yaml_places import NotYaml


def refusal_said(error: Exception, sent: dict[str, Any] | None = None) -> tuple[str, int]:
    """The words and the status; `sent`: what a form had, where the error is one of validation."""
    if isinstance(error, ValidationError):
        located = [one | {"loc": ("body", *one["loc"])} for one in error.errors()]
        return _listed(located, sent), 422
    if isinstance(error, RequestValidationError):
        return _listed(error.errors(), error.body), 422
    if isinstance(error, NotYaml):
        where = f"line {error.line}: " if error.line else ""
        return f"{where}{error}; correct it there", 422
    return str(error), STATUS[type(error)][0]


def _listed(errors: Any, sent: Any) -> str:
    return "; ".join(f"{one.field} {one.rule}: {one.remedy}" for one in findings(errors, sent, None))
