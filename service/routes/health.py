"""Whether the service lives, and whether it can work. Open to all, so that a load balancer can ask."""

from fastapi import APIRouter, Response

from service.dependencies import TheCluster, TheLedger, TheSettings
from service.readiness import readiness
from service.views import Health, Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Something is missing, with the reason."}})
def readyz(response: Response, ledger: TheLedger, cluster: TheCluster, settings: TheSettings) -> Readiness:
    """The ledger, Ray's job API and MLflow answer."""
    found = readiness(ledger, cluster, settings.tracking_url)
    response.status_code = 200 if found.ready else 503
    return found
