"""For Prometheus."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials
from prometheus_client import CONTENT_TYPE_LATEST

from service.dependencies import TheLedger, TheSettings, bearer, known_caller
from service.routes.refusals import Responses, refusals

router = APIRouter(tags=["health"])

AS_TEXT: Responses = {
    200: {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


def metrics_reader(
    request: Request,
    settings: TheSettings,
    ledger: TheLedger,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> None:
    """Whoever has a token; everybody where NPSWEEP_OPEN_METRICS says so. Raises NotAuthenticated."""
    if not settings.open_metrics:
        known_caller(request, ledger, credentials)


@router.get(
    "/metrics", response_class=Response, responses=AS_TEXT | refusals(401, 429), dependencies=[Depends(metrics_reader)]
)
def show_metrics(request: Request) -> Response:
    """Requests, sweeps by state, open streams and the reconciler, as totals of this process and of the ledger."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
