"""What a team decides over its sweeps: stop, pause, resume, extend, enqueue, retry."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.exceptions import RequestValidationError

from service.answers.bodies import Extension, Rank, Size, Wish
from service.answers.describe import arm_index, arm_names
from service.answers.specifications import spec_in
from service.answers.views import SweepView
from service.dependencies import ExistingSweep, TheLedger, TheSharing, WritingCaller, check_priority
from service.routes.answers import shown
from service.routes.refusals import refusals
from sweeps.ledger.records import SweepRecord
from sweeps.spec import SweepSpec

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["life-cycle"])

REFUSALS = refusals(401, 403, 404, 409, 422)


@router.post("/stop", status_code=202, responses=refusals(401, 403, 404, 422))
def stop_sweep(request: Request, _caller: WritingCaller, sweep: ExistingSweep, ledger: TheLedger) -> SweepView:
    """Asks for an orderly end: what was measured is kept. A sweep that has ended stays as it is."""
    return shown(request, ledger.lifecycle.stop(sweep.id))


@router.post("/pause", status_code=202, responses=REFUSALS)
def pause_sweep(request: Request, _caller: WritingCaller, sweep: ExistingSweep, ledger: TheLedger) -> SweepView:
    """Frees the devices: every network is saved after its epoch. A queued sweep loses its turn until it is resumed."""
    return shown(request, ledger.lifecycle.pause(sweep.id))


@router.post("/resume", status_code=202, responses=REFUSALS)
def resume_sweep(request: Request, _caller: WritingCaller, sweep: ExistingSweep, ledger: TheLedger) -> SweepView:
    """Queues a paused, stopped or failed sweep again: it goes on where it was, stopped trials train to their end."""
    return shown(request, ledger.lifecycle.resume(sweep.id))


@router.post("/extend", status_code=202, responses=REFUSALS | refusals(400, 413, 415))
def extend_sweep(
    request: Request,
    _caller: WritingCaller,
    sweep: ExistingSweep,
    ledger: TheLedger,
    extension: Annotated[Extension, Body()],
) -> SweepView:
    """Raises the budget of a sweep that waits, trains, is paused or has ended; one that has ended is queued again.

    The search goes on with all it knows. Where another trial becomes an arm's best, that is confirmed.
    """
    _check(sweep, extension)
    return shown(request, ledger.lifecycle.extend(sweep.id, extension.trials))


@router.post("/enqueue", status_code=202, responses=REFUSALS | refusals(400, 413, 415))
def enqueue_configuration(
    request: Request, _caller: WritingCaller, sweep: ExistingSweep, ledger: TheLedger, wish: Annotated[Wish, Body()]
) -> SweepView:
    """Lets an arm try a configuration before what its sampler suggests, within its budget; also while it runs.

    One that comes when the whole budget was suggested is refused: extend the sweep first.
    """
    arm = arm_index(arm_names(sweep), wish.arm)
    _check_wish(sweep, arm, wish)
    return shown(request, ledger.lifecycle.enqueue(sweep.id, arm, wish.configuration))


@router.post("/lanes", status_code=202, responses=REFUSALS | refusals(400, 413, 415))
def change_lanes(
    request: Request,
    _caller: WritingCaller,
    sweep: ExistingSweep,
    ledger: TheLedger,
    sharing: TheSharing,
    size: Annotated[Size, Body()],
) -> SweepView:
    """Changes how many lanes a sweep has, also while it runs: its networks are saved and go on in the new lanes.

    What comes out does not depend on it.
    """
    return shown(request, ledger.lifecycle.resize(sweep.id, size.lanes, size.trials_per_lane, sharing.devices()))


@router.post("/priority", status_code=202, responses=REFUSALS | refusals(400, 413, 415))
def change_priority(
    request: Request, caller: WritingCaller, sweep: ExistingSweep, ledger: TheLedger, rank: Annotated[Rank, Body()]
) -> SweepView:
    """Lets a sweep come before or after others; only an operator gives a priority above 0."""
    check_priority(caller, rank.priority)
    return shown(request, ledger.precedence.prioritise(sweep.id, rank.priority))


@router.post("/retry", status_code=202, responses=REFUSALS)
def retry_sweep(request: Request, _caller: WritingCaller, sweep: ExistingSweep, ledger: TheLedger) -> SweepView:
    """Trains every failed trial of a paused or ended sweep again; an ended one is queued for it."""
    return shown(request, ledger.lifecycle.retry(sweep.id))


def _check(sweep: SweepRecord, extension: Extension) -> None:
    """Raises InvalidSpecification where the larger budget does not fit the specification: a grid has an end."""
    spec_in(sweep.spec | {"budget": sweep.spec["budget"] | {"trials": extension.trials}})


def _check_wish(sweep: SweepRecord, arm: int, wish: Wish) -> None:
    """Raises RequestValidationError where the arm cannot try the configuration."""
    try:
        SweepSpec.model_validate(sweep.spec).arm_space(arm).check_enqueued("configuration", wish.configuration)
    except ValueError as error:
        found = {"type": "value_error", "loc": ("body", "configuration"), "msg": str(error), "ctx": {"error": error}}
        raise RequestValidationError([found | {"input": wish.configuration}], body=wish.model_dump()) from error
