"""A sweep's trials."""

from fastapi import APIRouter, Request

from service.answers.describe import arm_names, inherited_view, lane_view, trial_summary, trial_view
from service.answers.links import tracking_link
from service.answers.lists import AskedTrials, TheTrialsAsked
from service.answers.paging import Cursor, Limit, page_of, place_at
from service.answers.views import InheritedView, LaneView, Page, TrialSummary, TrialView
from service.dependencies import ExistingSweep, TheLedger, TrialNumber
from service.reading import read
from service.routes.refusals import refusals
from sweeps.ledger import Ledger
from sweeps.ledger.lists import place_of_trial
from sweeps.ledger.records import SweepRecord

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["trials"])


@router.get("/trials", responses=refusals(401, 404, 422))
async def list_trials(
    request: Request,
    sweep: ExistingSweep,
    ledger: TheLedger,
    asked: TheTrialsAsked,
    limit: Limit = 100,
) -> Page[TrialSummary]:
    """The sweep's trials by number, or as the query asks."""
    return await read(ledger, _page_of_trials, request, sweep, ledger, asked, limit)


def _page_of_trials(
    request: Request, sweep: SweepRecord, ledger: Ledger, asked: AskedTrials, limit: int
) -> Page[TrialSummary]:
    names = arm_names(sweep)
    return page_of(
        ledger.lists.trials(sweep.id, asked.wanted, limit + 1, asked.after),
        limit,
        lambda trial: trial_summary(trial, names, tracking_link(request, trial.tracking_id)),
        lambda trial: place_of_trial(trial, asked.wanted.sort),
        asked.sort,
    )


@router.get("/inherited", responses=refusals(401, 404, 422))
def list_inherited_trials(
    sweep: ExistingSweep, ledger: TheLedger, limit: Limit = 100, cursor: Cursor = None
) -> Page[InheritedView]:
    """The trials of earlier sweeps with which this one's samplers began, by arm."""
    names, after = arm_names(sweep), place_at(cursor, "id", int, int) or (-1, -1)
    rows = [row for row in ledger.trials.inherited(sweep.id) if (row.arm, row.number) > tuple(after)]
    return page_of(rows, limit, lambda row: inherited_view(row, names), lambda row: (row.arm, row.number))


@router.get("/trials/{number}", responses=refusals(401, 404, 422))
def show_trial(request: Request, sweep: ExistingSweep, number: TrialNumber, ledger: TheLedger) -> TrialView:
    """A trial with its networks and their metrics by epoch."""
    trial = ledger.trials.get(sweep.id, number)
    summary = trial_summary(trial, arm_names(sweep), tracking_link(request, trial.tracking_id))
    members, stints = ledger.trials.members(sweep.id, number), ledger.stints.of_trial(sweep.id, number)
    return trial_view(summary, members, stints, ledger.trials.epochs(sweep.id, number))


@router.get("/lanes", responses=refusals(401, 404, 422))
def list_lanes(sweep: ExistingSweep, ledger: TheLedger) -> list[LaneView]:
    """The lanes that have trained the sweep's networks, by attempt and number."""
    return [lane_view(lane) for lane in ledger.stints.lanes(sweep.id)]
