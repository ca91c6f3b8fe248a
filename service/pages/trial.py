"""One trial's page; what changes on it while it trains; and what trains it alone again."""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.answers.links import tracking_link
from service.answers.specifications import written_alone
from service.dependencies import TheLedger, TrialNumber
from service.layers.entity_tags import REVALIDATE, named_tags
from service.pages.dependencies import PageSweep
from service.pages.queries import changed
from service.pages.templating import page
from service.pages.trial_sheet import Sheet, sheet
from service.reading import read
from sweeps.ledger.records import TrialRecord

router = APIRouter(include_in_schema=False)

Quantity = Annotated[str | None, Query(max_length=60)]


@router.get("/sweeps/{sweep_id}/trials/{number}")
async def show_trial_page(
    request: Request,
    sweep: PageSweep,
    number: TrialNumber,
    ledger: TheLedger,
    quantity: Quantity = None,
    part: Literal["live"] | None = None,
) -> Response:
    """The page; or what changes on it, for the script that keeps it up to date: 304 where the browser has that."""
    found = await read(ledger, sheet, ledger, sweep, number, quantity)
    if part is None:
        written = written_alone(sweep, found.trial)
        return page(request, "trial.html", **_shown(request, found), alone=written, file=file_name(found.trial))
    answer = page(request, "parts/trial_live.html", **_shown(request, found))
    tag = hashlib.sha256(answer.body).hexdigest()[:32]
    tagged = {"ETag": f'"{tag}"', "Cache-Control": REVALIDATE}
    if tag in named_tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=tagged)
    answer.headers.update(tagged)
    return answer


@router.get("/sweeps/{sweep_id}/trials/{number}/alone.yaml")
async def download_alone(sweep: PageSweep, number: TrialNumber, ledger: TheLedger) -> Response:
    trial = await read(ledger, ledger.trials.get, sweep.id, number)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(trial)}"'}
    return Response(written_alone(sweep, trial), media_type="application/yaml", headers=headers)


def file_name(trial: TrialRecord) -> str:
    return f"sweep-{trial.sweep_id}-trial-{trial.number}.yaml"


def _shown(request: Request, found: Sheet) -> dict[str, Any]:
    addresses = {one: changed(request, quantity=one, part=None) for one in found.quantities}
    return {"sheet": found, "addresses": addresses, "tracking": tracking_link(request, found.trial.tracking_id)}
