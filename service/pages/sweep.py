"""A sweep's page, which a team keeps open while it trains: written whole once, then kept up to date by its parts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from service.answers.describe import arm_names
from service.answers.lists import AskedTrials, TheTrialsQuery
from service.answers.specifications import written
from service.dependencies import TheLedger
from service.pages.dependencies import PageSweep
from service.pages.queries import TidyQuery
from service.pages.sweep_curves import drawn_curves
from service.pages.sweep_parts import sight
from service.pages.sweep_trials import SORTS, page_trials
from service.pages.templating import page
from service.routes.exports import ExportFormat, export_trials
from sweeps.ledger import Ledger
from sweeps.ledger.lists import TrialsWanted
from sweeps.ledger.records import SweepRecord
from sweeps.states import TrialState

router = APIRouter(prefix="/sweeps/{sweep_id}", include_in_schema=False)

Known = Annotated[list[Annotated[str, Query(max_length=12)]], Query(max_length=20)]
ChosenArms = Annotated[list[Annotated[str, Query(max_length=60)]], Query(max_length=64)]
NEWEST = AskedTrials(TrialsWanted(descending=True), "-number", None)


@router.get("")
async def show_sweep(request: Request, sweep: PageSweep, _tidy: TidyQuery, query: TheTrialsQuery) -> Response:
    asked = page_trials(request, query, sweep)
    return await run_in_threadpool(sweep_page, request, sweep, asked=asked)


@router.get("/live")
async def follow_sweep(
    request: Request,
    sweep: PageSweep,
    ledger: TheLedger,
    query: TheTrialsQuery,
    known: Known = [],  # noqa: B006
) -> Response:
    """The page as of now, without the parts whose tags are `known`."""
    asked = page_trials(request, query, sweep)
    found = await run_in_threadpool(sight, request, ledger, sweep, asked)
    changed = {name: part for name, part in found.parts.items() if part.tag not in known}
    return JSONResponse(found.model_copy(update={"parts": changed}).model_dump())


@router.get("/curves")
async def show_curves(sweep: PageSweep, ledger: TheLedger, arm: ChosenArms = []) -> Response:  # noqa: B006
    """The learning curves as JSON."""
    curves = await run_in_threadpool(drawn_curves, ledger, sweep, arm)
    return Response(curves.model_dump_json(), media_type="application/json")


@router.get("/trials.{format}")
def download_trials(sweep: PageSweep, ledger: TheLedger, format: ExportFormat) -> Response:
    """All of them as a file."""
    return export_trials(sweep, ledger, format)


def sweep_page(
    request: Request, sweep: SweepRecord, refusal: str = "", status: int = 200, asked: AskedTrials = NEWEST
) -> Response:
    """`refusal`: why what was just tried was not done."""
    ledger: Ledger = request.app.state.ledger
    context: dict[str, Any] = {
        "sweep": sweep,
        "sight": sight(request, ledger, sweep, asked),
        "refusal": refusal,
        "arms": arm_names(sweep),
        "written": written(sweep),
        "states": list(TrialState),
        "sorts": SORTS,
        "asked": asked,
    }
    return page(request, "sweep.html", status=status, **context)
