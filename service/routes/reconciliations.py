"""Whether MLflow and the storage hold what the ledger does; the tracking process compares, and mends."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from service.answers.bodies import ReconciliationRequest
from service.answers.describe import reconciliation_view
from service.answers.links import reconciliation_link
from service.answers.views import ReconciliationView
from service.dependencies import BIGGEST, ExistingSweep, TheLedger, WritingCaller
from service.routes.refusals import refusals

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["sweeps"])

Number = Annotated[int, Path(ge=1, le=BIGGEST, description="The reconciliation's `number`.")]


@router.post("/reconcile", status_code=202, responses=refusals(400, 401, 403, 404, 413, 415, 422))
def reconcile_sweep(
    request: Request,
    response: Response,
    _caller: WritingCaller,
    sweep: ExistingSweep,
    ledger: TheLedger,
    wanted: Annotated[ReconciliationRequest | None, Body()] = None,
) -> ReconciliationView:
    """Asks for a comparison of the ledger, which is the record, with MLflow and with checkpoints and networks.

    The answer comes from the tracking process, usually within seconds: look at the address in `Location` until `state`
    is no longer waiting. With `mend` MLflow and the storage are put right; a second look then finds nothing.
    """
    asked = ledger.reconciliations.ask(sweep.id, mend=wanted is not None and wanted.mend)
    response.headers["Location"] = reconciliation_link(request, sweep, asked.number)
    return reconciliation_view(asked)


@router.get("/reconciliations/{number}", responses=refusals(401, 404, 422))
def show_reconciliation(sweep: ExistingSweep, number: Number, ledger: TheLedger) -> ReconciliationView:
    """What a comparison has found: every difference in words."""
    return reconciliation_view(ledger.reconciliations.get(sweep.id, number))
