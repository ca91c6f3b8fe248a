"""For Prometheus."""

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.dependencies import bearer
from service.routes.refusals import Responses, refusals

router = APIRouter(tags=["health"])

AS_TEXT: Responses = {
    200: {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/metrics", response_class=Response, responses=AS_TEXT | refusals(401, 429), dependencies=[Depends(bearer)])
def show_metrics(request: Request) -> Response:
    """Requests, sweeps by state, open streams and the reconciler, as totals of this process and of the ledger.

    Asks for a token, unless NPSWEEP_OPEN_METRICS opens it to all.
    """
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
