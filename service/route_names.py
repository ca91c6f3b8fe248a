"""The route of a request as it is documented, `/api/v1/sweeps/{sweep_id}`: what may stand in logs and metrics."""

from functools import cached_property

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.types import Scope

UNMATCHED = "unmatched"
"""Where there is no such page; its address is a stranger's text."""


class RouteNames:
    """Reads the application's routes when it is first asked, since they are added after middleware."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def of(self, scope: Scope) -> str:
        """The name, once the router has found the request's route."""
        return self._names.get(id(scope.get("route")), UNMATCHED)

    def methods(self, scope: Scope) -> list[str]:
        """What the request's address takes."""
        own = self.of(scope)
        taken = {method for one in self._routes if one.path_format == own for method in one.methods or ()}
        return sorted(taken | ({"HEAD"} if "GET" in taken else set()) | {"OPTIONS"})

    @cached_property
    def _routes(self) -> list[RouteContext]:
        return list(iter_route_contexts(self._app.routes))

    @cached_property
    def _names(self) -> dict[int, str]:
        return {id(one.original_route): one.path_format or UNMATCHED for one in self._routes}
