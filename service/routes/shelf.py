"""What a team does with a sweep beside running it: clone it with changes, label and note it, archive it, delete it."""

from typing import Annotated, cast

from fastapi import APIRouter, Body, Query, Request, Response

from service.answers.bodies import Clone, Remarks
from service.answers.cloning import cloned_spec
from service.answers.views import SweepView
from service.dependencies import (
    ExistingSweep,
    TheLedger,
    TheSharing,
    WritingCaller,
    check_priority,
    posted_sweep,
    storable_spec,
)
from service.routes.answers import shown
from service.routes.refusals import refusals
from sweeps.ledger.shelf import Changes

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["life-cycle"])

KeepRuns = Annotated[bool, Query(description="Whether MLflow keeps the sweep's runs as they are.")]


@router.post("/clone", status_code=202, responses=refusals(400, 401, 403, 404, 409, 413, 415, 422))
def clone_sweep(
    request: Request,
    response: Response,
    caller: WritingCaller,
    sweep: ExistingSweep,
    ledger: TheLedger,
    sharing: TheSharing,
    clone: Annotated[Clone, Body()],
) -> SweepView:
    """Queues a new sweep with the specification of this one, or of one trial of it alone, and changes to it, checked
    like one that is posted.

    A change of `search.space` reaches every arm that had nothing of its own there; `compare`, a list, is replaced as
    one.
    """
    check_priority(caller, clone.priority)
    trial = None if clone.trial is None else ledger.trials.get(sweep.id, clone.trial)
    posted = posted_sweep(storable_spec(cloned_spec(sweep, clone.changes, trial)), caller, ledger, sharing)
    document = posted.spec.model_dump(mode="json")
    new = ledger.sweeps.post(
        *(caller.team_id, caller.user_id, document, posted.inherited),
        labels=clone.labels,
        note=clone.note,
        source=sweep.id,
        priority=clone.priority,
    )
    view = shown(request, new)
    response.headers["Location"] = view.links.self
    return view


@router.patch("", responses=refusals(400, 401, 403, 404, 409, 413, 415, 422))
def change_sweep(
    request: Request,
    _caller: WritingCaller,
    sweep: ExistingSweep,
    ledger: TheLedger,
    remarks: Annotated[Remarks, Body()],
) -> SweepView:
    """Changes what is kept beside a sweep: labels, a note, whether lists hide it. What is left out stays."""
    changed = ledger.shelf.change(sweep.id, cast(Changes, remarks.model_dump(exclude_unset=True)))
    return shown(request, changed)


@router.delete("", status_code=204, responses=refusals(401, 403, 404, 409, 422))
def delete_sweep(_caller: WritingCaller, sweep: ExistingSweep, ledger: TheLedger, keep_runs: KeepRuns = False) -> None:
    """Deletes a sweep that has ended, for good: its trials, epochs and events at once, its checkpoints, networks and
    logs within seconds.

    MLflow's runs of it are marked deleted, later where MLflow is down: its lists no longer show them, `mlflow runs
    restore` brings them back, and their artifacts, among them the exported networks, lie there until `mlflow gc`.
    With `keep_runs` runs and artifacts stay. Sweeps that began with its trials have copies of them, and what it used of
    the devices stays in its team's account.
    """
    ledger.shelf.remove(sweep.id, keep_runs)
