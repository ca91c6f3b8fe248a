"""Whether the service lives, and whether it can work. Open to all, so that a load balancer can ask."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.answers.readiness import Probes, for_strangers
from service.answers.views import Health, Readiness
from service.dependencies import TheLedger
from service.layers.door import LET_IN, caller_of
from service.reading import read
from service.routes.refusals import refusals
from sweeps.ledger.errors import LedgerUnreachable

router = APIRouter(tags=["health"])


async def is_known(request: Request, ledger: TheLedger) -> bool:
    """Whether a token is shown that is good; while the ledger is away nobody is known. Raises NotAuthenticated for one
    that is not."""
    shown = request.headers.get("authorization")
    if shown is None:
        return False
    try:
        setattr(request.state, LET_IN, await read(ledger, caller_of, ledger, shown))
    except LedgerUnreachable:
        return False
    return True


@router.get("/healthz")
def healthz() -> Health:
    """The process answers."""
    return Health()


@router.get(
    "/readyz",
    responses=refusals(401, 429) | {503: {"model": Readiness, "description": "Something is missing."}},
)
async def readyz(request: Request, response: Response, is_known: Annotated[bool, Depends(is_known)]) -> Readiness:
    """The ledger, Ray's job API and MLflow answer, as of the last second. Why one does not is told to who sends a
    token, and to the service's log."""
    probes: Probes = request.app.state.probes
    found = await probes.readiness()
    response.status_code = 200 if found.ready else 503
    return found if is_known else for_strangers(found)
