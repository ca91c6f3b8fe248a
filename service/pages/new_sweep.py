"""The page on which a sweep is written, checked and posted."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from service.answers.specifications import written, written_alone
from service.dependencies import BIGGEST_ID, TheCluster, TheLedger, TheSharing
from service.layers.audit import CHANGES_NOTHING
from service.pages.beside import beside
from service.pages.checking import Desk, PlacedFinding, Unfit, planned, readied
from service.pages.dependencies import PageCaller, WritingPageCaller
from service.pages.examples import examples
from service.pages.forms import TheForm
from service.pages.templating import page
from sweeps.ledger.errors import QuotaUsedUp
from sweeps.ledger.records import SweepRecord

router = APIRouter(include_in_schema=False)

Trial = Annotated[int | None, Query(ge=0, le=BIGGEST_ID)]
Clone = Annotated[int | None, Query(ge=1, le=BIGGEST_ID)]


def the_desk(caller: PageCaller, ledger: TheLedger, sharing: TheSharing, cluster: TheCluster) -> Desk:
    return Desk(caller, ledger, sharing, cluster)


TheDesk = Annotated[Desk, Depends(the_desk)]


def original(caller: PageCaller, ledger: TheLedger, clone: Clone = None) -> SweepRecord | None:
    """The sweep that the new one begins with. Raises NoSuchSweep."""
    return None if clone is None else ledger.sweeps.get(clone, caller.team_id)


Original = Annotated[SweepRecord | None, Depends(original)]


@router.get("/sweeps/new")
def write_sweep(
    request: Request,
    _caller: WritingPageCaller,
    source: Original,
    ledger: TheLedger,
    example: str | None = None,
    trial: Trial = None,
) -> Response:
    """Empty, or begun with an example, a sweep of the team, or one trial of that."""
    if source is not None:
        text = written(source) if trial is None else written_alone(source, ledger.trials.get(source.id, trial))
        return _editor(request, text, source)
    chosen = examples().get(example or "")
    return _editor(request, chosen.text if chosen else "", None, chosen=chosen.name if chosen else None)


@router.post("/sweeps/new/check", openapi_extra=CHANGES_NOTHING)
def validate_sweep(request: Request, form: TheForm, desk: TheDesk) -> Response:
    """What is to be said of the text: a part of the page."""
    try:
        posted = readied(form.get("specification", ""), desk)
    except Unfit as error:
        return _checked(request, error.findings)
    return page(request, "parts/checked.html", findings=[], plan=planned(posted, desk))


@router.post("/sweeps/new")
def post_sweep(request: Request, caller: WritingPageCaller, form: TheForm, desk: TheDesk, source: Original) -> Response:
    """Leads to the new sweep; or back to the text, with what is wrong in it."""
    try:
        kept = beside(form, caller)
        posted = readied(form.get("specification", ""), desk)
        sweep = desk.ledger.sweeps.post(
            *(caller.team_id, caller.user_id, posted.spec.model_dump(mode="json"), posted.inherited),
            labels=kept.labels,
            note=kept.note,
            source=source.id if source else None,
            priority=kept.rank.priority,
        )
    except Unfit as error:
        return _refused(request, form, source, error.findings)
    except QuotaUsedUp as error:
        rule, _, remedy = str(error).partition("; ")
        return _refused(request, form, source, [PlacedFinding(field="quota", rule=rule, remedy=remedy, line=0)])
    return RedirectResponse(f"/sweeps/{sweep.id}#posted", 303)  # by which drafts.js knows that it is


def _editor(request: Request, text: str, source: SweepRecord | None, chosen: str | None = None) -> Response:
    return page(request, "new_sweep.html", findings=[], **_shown(text, source, {}), chosen=chosen)


def _refused(
    request: Request, form: Mapping[str, str], source: SweepRecord | None, findings: list[PlacedFinding]
) -> Response:
    """The page again, as it was sent."""
    shown = _shown(form.get("specification", ""), source, form)
    return page(request, "new_sweep.html", status=422, findings=findings, **shown, chosen=None)


def _shown(text: str, source: SweepRecord | None, form: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: form.get(name, "") for name in ("labels", "note", "priority")}
    return {"text": text, "source": source, "kept": kept, "examples": list(examples().values()), "plan": None}


def _checked(request: Request, findings: list[PlacedFinding]) -> Response:
    return page(request, "parts/checked.html", findings=findings, plan=None)
