"""The web application, from settings and a cluster; nothing is connected when this module is imported."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware

from service.answers.figures import Figures
from service.answers.readiness import Probes
from service.answers.specifications import specification_schema
from service.control.cluster import Cluster
from service.control.reconciler import Reconciler
from service.control.sharing import Sharing
from service.documentation import add_documentation
from service.layers.access import Access
from service.layers.audit import Audit
from service.layers.body_limit import BodyLimit
from service.layers.compression import Compression
from service.layers.door import Door
from service.layers.entity_tags import EntityTags
from service.layers.failures import Failures
from service.layers.idempotency import Idempotency
from service.layers.known_parameters import known_parameters
from service.layers.methods import Methods
from service.layers.rate_limit import RateLimit
from service.layers.safe_headers import SafeHeaders
from service.metrics import Metrics
from service.openapi import openapi
from service.pages.error_pages import ErrorPages
from service.pages.routes import add_pages
from service.pages.same_origin import SameOrigin
from service.problems.errors import add_error_handlers
from service.route_names import RouteNames
from service.routes import (
    audit,
    catalogue,
    events,
    exports,
    figures,
    health,
    lifecycle,
    logs,
    me,
    metrics,
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
from service.settings import ServiceSettings
from service.streams.event_hub import EventHub
from service.streams.open_streams import OpenStreams
from sweeps.ledger import Ledger

DESCRIPTION = """Hyperparameter sweeps of node-perturbation learning.

Post a specification to `/api/v1/sweeps`, follow its events, read its report. Every request under `/api` carries an API
token: `Authorization: Bearer nps_…`. Errors are problem details (RFC 9457); `type` is stable, `detail` says what to do.
A 422 is `invalid-specification` where a specification cannot run, `invalid-request` where another body breaks a rule,
`invalid-parameter` where a parameter of the query, the path or a header does, also one that the route does not know;
`errors` lists every finding with its field, value, rule and remedy.

A POST under an `Idempotency-Key` can be repeated for a day and is carried out once. An answer's `ETag` saves sending it
again (`If-None-Match`), a sweep's also saves it from being changed unseen (`If-Match`). Lists go on at `next`. Every
answer has an `X-Request-Id`. Where there is a `Retry-After`, send the same request again after so many seconds.
"""

CORS: dict[str, Any] = {
    "allow_methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
    "allow_headers": [
        *("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID"),
        "X-Request-Id",
    ],
    "expose_headers": ["ETag", "Idempotency-Replayed", "Location", "Retry-After", "X-Request-Id"],
}
"""What pages of the allowed origins may send and read."""


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
    app.state.probes = Probes(app.state.ledger, cluster, settings.tracking_url)
    app.state.hub = EventHub(app.state.ledger, closing)
    app.state.figures = Figures(app.state.ledger)
    app.state.metrics = Metrics(app.state.ledger)
    app.state.streams = OpenStreams(app.state.metrics.streams, settings.streams_per_token)
    _add_layers(app, settings)
    add_error_handlers(app, specification_schema)
    app.include_router(_api())
    app.include_router(health.router)
    app.include_router(metrics.router)
    add_documentation(app)
    add_pages(app)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]  # FastAPI's own way to extend the document
    return app


def _add_layers(app: FastAPI, settings: ServiceSettings) -> None:
    """What every request passes, from the innermost to the outermost."""
    names = RouteNames(app)
    app.add_middleware(EntityTags)
    app.add_middleware(Audit, ledger=app.state.ledger)
    app.add_middleware(Idempotency, ledger=app.state.ledger, lease=settings.idempotency_lease)
    closed = ("/api/",) if settings.open_metrics else ("/api/", "/metrics")
    app.add_middleware(Door, ledger=app.state.ledger, metrics=app.state.metrics, closed=closed)
    app.add_middleware(SameOrigin)
    app.add_middleware(RateLimit, settings=settings)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(Methods, names=names)
    app.add_middleware(Compression)
    app.add_middleware(Failures, names=names)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origins, **CORS)
    app.add_middleware(Access, names=names, metrics=app.state.metrics)
    app.add_middleware(ErrorPages)
    app.add_middleware(SafeHeaders)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    ledger: Ledger = app.state.ledger
    ledger.migrate()
    with Reconciler(ledger, app.state.cluster, app.state.settings, app.state.closing) as reconciler:
        app.state.metrics.watch(reconciler)
        yield
    app.state.figures.close()
    ledger.close()


def _api() -> APIRouter:
    api = APIRouter(prefix="/api/v1", dependencies=[Depends(known_parameters)])
    api.include_router(reports.comparing)
    # What is asked most comes first: one after the other is looked at until one has the address.
    for routes in (
        sweeps,
        exports,  # before trials, of which its address could be one
        trials,
        events,
        lifecycle,
        shelf,
        reports,
        figures,
        logs,
        reconciliations,
        usage,
        catalogue,
    ):
        api.include_router(routes.router)
    for routes in (me, tokens, users, teams, audit):
        api.include_router(routes.router)
    return api
