"""A query parameter that a route does not know is refused: with a misspelt filter a list would hold everything."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from service.problems.findings import spelling
from sweeps.redaction import redacted


async def known_parameters(request: Request) -> None:
    """Raises RequestValidationError that names every unknown parameter, and those that there are."""
    if not request.scope["query_string"]:
        return
    route: APIRoute = request.scope["route"]
    known = list(dict.fromkeys(_queried(route.dependant)))
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise RequestValidationError([_unknown(name, request.query_params[name], known) for name in unknown])


def _unknown(name: str, value: str, known: list[str]) -> dict[str, object]:
    name, value = redacted(name), redacted(value)  # a token in a wrong place is not repeated
    said = f"there is no parameter of this name; {spelling(name, known, 'parameters')}"
    return {"type": "value_error", "loc": ("query", name), "msg": said, "ctx": {"error": said}, "input": value}


def _queried(dependant: Dependant) -> list[str]:
    below = [name for one in dependant.dependencies for name in _queried(one)]
    return [*(field.alias for field in dependant.query_params), *below]
