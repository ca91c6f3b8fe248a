"""What a sweep's buttons do: the API's own functions, called with what a form has sent."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from service.answers.bodies import Extension, Rank, Remarks, Size, Wish
from service.dependencies import TheLedger, TheSharing
from service.pages.dependencies import PageSweep, WritingPageCaller
from service.pages.forms import TheForm, labels_in, whole
from service.pages.refusals import refusal_said
from service.pages.sweep import sweep_page
from service.pages.words import sentence
from service.problems.details import problem
from service.problems.refusals import NoSuchArm, NotAllowed
from service.routes import lifecycle, shelf
from sweeps.ledger.errors import QuotaUsedUp, WrongState
from sweeps.ledger.records import SweepRecord
from sweeps.yaml_places import NotYaml, PlacedYaml

router = APIRouter(prefix="/sweeps/{sweep_id}", include_in_schema=False)

REFUSED = (WrongState, QuotaUsedUp, NotAllowed, NoSuchArm, NotYaml, ValidationError, RequestValidationError)


@router.post("/stop")
def stop_sweep(request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger) -> Response:
    return _done(request, sweep, lambda: lifecycle.stop_sweep(request, caller, sweep, ledger))


@router.post("/pause")
def pause_sweep(request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger) -> Response:
    return _done(request, sweep, lambda: lifecycle.pause_sweep(request, caller, sweep, ledger))


@router.post("/resume")
def resume_sweep(request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger) -> Response:
    return _done(request, sweep, lambda: lifecycle.resume_sweep(request, caller, sweep, ledger))


@router.post("/retry")
def retry_sweep(request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger) -> Response:
    return _done(request, sweep, lambda: lifecycle.retry_sweep(request, caller, sweep, ledger))


@router.post("/extend")
def extend_sweep(
    request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger, form: TheForm
) -> Response:
    sent: dict[str, Any] = {"trials": whole(form.get("trials"))}

    def act() -> object:
        return lifecycle.extend_sweep(request, caller, sweep, ledger, Extension.model_validate(sent))

    return _done(request, sweep, act, sent)


@router.post("/lanes")
def change_lanes(
    request: Request,
    caller: WritingPageCaller,
    sweep: PageSweep,
    ledger: TheLedger,
    sharing: TheSharing,
    form: TheForm,
) -> Response:
    """A field that was left empty is `auto`."""
    sent: dict[str, Any] = {name: _count(form.get(name)) for name in ("lanes", "trials_per_lane")}

    def act() -> object:
        return lifecycle.change_lanes(request, caller, sweep, ledger, sharing, Size.model_validate(sent))

    return _done(request, sweep, act, sent)


@router.post("/priority")
def change_priority(
    request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger, form: TheForm
) -> Response:
    sent: dict[str, Any] = {"priority": whole(form.get("priority"))}

    def act() -> object:
        return lifecycle.change_priority(request, caller, sweep, ledger, Rank.model_validate(sent))

    return _done(request, sweep, act, sent)


@router.post("/change")
def change_sweep(
    request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger, form: TheForm
) -> Response:
    """Labels, apart by commas; the note; whether it is archived. What the form does not have stays."""
    sent: dict[str, Any] = {}
    if "labels" in form:
        sent["labels"] = labels_in(form["labels"])
    if "note" in form:
        sent["note"] = form["note"].strip() or None
    if "archived" in form:
        sent["archived"] = form["archived"] == "true"

    def act() -> object:
        return shelf.change_sweep(request, caller, sweep, ledger, Remarks.model_validate(sent))

    return _done(request, sweep, act, sent)


@router.post("/enqueue")
def enqueue_configuration(
    request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger, form: TheForm
) -> Response:
    sent: dict[str, Any] = {"arm": form.get("arm")}

    def act() -> object:
        sent["configuration"] = PlacedYaml(form.get("configuration", "")).document
        return lifecycle.enqueue_configuration(request, caller, sweep, ledger, Wish.model_validate(sent))

    return _done(request, sweep, act, sent)


@router.post("/delete")
def delete_sweep(request: Request, caller: WritingPageCaller, sweep: PageSweep, ledger: TheLedger) -> Response:
    return _done(request, sweep, lambda: shelf.delete_sweep(caller, sweep, ledger), leads_to="/sweeps")


def _count(text: str | None) -> int | str:
    found = whole(text)
    return "auto" if found is None else found


def _done(
    request: Request,
    sweep: SweepRecord,
    act: Callable[[], object],
    sent: dict[str, Any] | None = None,
    leads_to: str = "",
) -> Response:
    """Leads back to the page, or on to another; where it was refused, the page says why. A script is told, and brings
    the page up to date by itself."""
    by_script = request.headers.get("accept", "").startswith("application/json")
    try:
        act()
    except REFUSED as error:
        said, status = refusal_said(error, sent)
        said = sentence(said)
        return problem(status, "refused", said) if by_script else sweep_page(request, sweep, said, status)
    return Response(status_code=204) if by_script else RedirectResponse(leads_to or f"/sweeps/{sweep.id}", 303)
