"""The web application, from settings and a cluster; nothing is connected when this module is imported."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from service.audit import Audit
from service.body_limit import BodyLimit
from service.cluster import Cluster
from service.documentation import add_documentation
from service.errors import add_error_handlers
from service.event_hub import EventHub
from service.problems import Problem
from service.reconciler import Reconciler
from service.routes import (
    audit,
    catalogue,
    events,
    exports,
    health,
    lifecycle,
    me,
    reconciliations,
    reports,
    shelf,
    sweeps,
    teams,
    tokens,
    trials,
    usage,
    users,
)
from service.safe_headers import SafeHeaders
from service.settings import ServiceSettings
from service.sharing import Sharing
from sweeps.ledger import Ledger
from sweeps.spec import SweepSpec

DESCRIPTION = """Hyperparameter sweeps of node-perturbation learning.

Post a specification to `/api/v1/sweeps`, follow its events, read its report. Every request under `/api` carries an API
token: `Authorization: Bearer nps_…`. Errors are problem details (RFC 9457); `type` is stable, `detail` says what to do.
"""


def create_app(settings: ServiceSettings, cluster: Cluster, closing: Callable[[], bool] = lambda: False) -> FastAPI:
    """`closing`: says that the server shuts down, so that open event streams end."""
    app = FastAPI(
        title="npsweep",
        version="1",
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # see add_documentation
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,  # what a generated client calls its methods
    )
    app.state.settings = settings
    app.state.cluster = cluster
    app.state.closing = closing
    app.state.ledger = Ledger(settings.ledger_url)
    app.state.sharing = Sharing(app.state.ledger, cluster, settings)
    app.state.hub = EventHub(app.state.ledger, closing)
    app.add_middleware(Audit, ledger=app.state.ledger)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(SafeHeaders)
    add_error_handlers(app, _specification_schema)
    app.include_router(_api())
    app.include_router(health.router)
    add_documentation(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's own way to extend the document
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    ledger: Ledger = app.state.ledger
    ledger.migrate()
    with Reconciler(ledger, app.state.cluster, app.state.settings):
        yield
    ledger.close()


def _api() -> APIRouter:
    api = APIRouter(prefix="/api/v1")
    api.include_router(reports.comparing)
    for routes in (sweeps, lifecycle, shelf, exports, trials, reports, events, reconciliations, usage, catalogue):
        api.include_router(routes.router)
    for routes in (me, tokens, users, teams, audit):
        api.include_router(routes.router)
    return api


@cache
def _specification_schema() -> Mapping[str, Any]:
    return SweepSpec.model_json_schema()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document with our problems in place of its own validation errors."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document["components"]["schemas"]
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs") | {"Problem": problem}
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema
