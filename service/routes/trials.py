"""A sweep's trials."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from service.dependencies import ExistingSweep, TheLedger, TrialNumber
from service.describe import arm_index, arm_names, inherited_view, trial_summary, trial_view
from service.links import tracking_link
from service.paging import Cursor, Limit, page_of
from service.routes.refusals import refusals
from service.views import InheritedView, Page, TrialSummary, TrialView
from sweeps.states import TrialState

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["trials"])


@router.get("/trials", responses=refusals(401, 404, 422))
def list_trials(
    request: Request,
    sweep: ExistingSweep,
    ledger: TheLedger,
    limit: Limit = 100,
    cursor: Cursor = None,
    arm: Annotated[str | None, Query(description="Only this arm's trials, by its name.")] = None,
    state: Annotated[TrialState | None, Query(description="Only trials in this state.")] = None,
) -> Page[TrialSummary]:
    """The sweep's trials by number."""
    names = arm_names(sweep)
    above = -1 if cursor is None else cursor
    index = None if arm is None else arm_index(names, arm)
    rows = ledger.trials.page(sweep.id, limit + 1, above, index, state)
    return page_of(
        rows,
        limit,
        lambda trial: trial_summary(trial, names, tracking_link(request, trial.tracking_id)),
        lambda trial: trial.number,
    )


@router.get("/inherited", responses=refusals(401, 404, 422))
def list_inherited_trials(
    sweep: ExistingSweep, ledger: TheLedger, limit: Limit = 100, cursor: Cursor = None
) -> Page[InheritedView]:
    """The trials of earlier sweeps with which this one's samplers began, by arm."""
    names, skipped = arm_names(sweep), cursor or 0
    rows = list(enumerate(ledger.trials.inherited(sweep.id), 1))[skipped : skipped + limit + 1]
    return page_of(rows, limit, lambda row: inherited_view(row[1], names), lambda row: row[0])


@router.get("/trials/{number}", responses=refusals(401, 404, 422))
def show_trial(request: Request, sweep: ExistingSweep, number: TrialNumber, ledger: TheLedger) -> TrialView:
    """A trial with its networks and their metrics by epoch."""
    trial = ledger.trials.get(sweep.id, number)
    summary = trial_summary(trial, arm_names(sweep), tracking_link(request, trial.tracking_id))
    return trial_view(summary, ledger.trials.members(sweep.id, number), ledger.trials.epochs(sweep.id, number))
