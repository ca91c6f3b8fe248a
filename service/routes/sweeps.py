"""Sweeps: posted, listed, shown."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers.bodies import Label
from service.answers.describe import sweep_summary
from service.answers.lists import AskedSweeps, TheSweepsAsked
from service.answers.paging import Limit, page_of
from service.answers.views import Page, SweepSummary, SweepView, View
from service.control.planning import plan_here
from service.dependencies import (
    ExistingSweep,
    KnownCaller,
    PostedSweep,
    Priority,
    TheCluster,
    TheLedger,
    WritingCaller,
    check_priority,
)
from service.layers.audit import CHANGES_NOTHING
from service.reading import read
from service.routes.answers import shown
from service.routes.refusals import refusals
from sweeps.ledger import Ledger
from sweeps.ledger.lists import place_of_sweep
from sweeps.ledger.records import Caller
from sweeps.planning.models import Plan
from sweeps.spec import SweepSpec
from sweeps.states import SweepState

router = APIRouter(prefix="/sweeps", tags=["sweeps"])


OfLabels = Annotated[list[Label], Query(max_length=20, description="A label of it, once or more.")]
OfNote = Annotated[str | None, Query(max_length=1_000, description="A note to it; a longer one by PATCH.")]


class Validated(View):
    """A specification that can run."""

    spec: SweepSpec
    """Resolved: posting it runs exactly what was checked."""
    plan: Plan


@router.post("", status_code=202, responses=refusals(400, 401, 403, 409, 413, 415, 422))
def post_sweep(
    request: Request,
    response: Response,
    caller: WritingCaller,
    posted: PostedSweep,
    ledger: TheLedger,
    priority: Priority = 0,
    label: OfLabels = [],  # noqa: B006 - FastAPI copies it
    note: OfNote = None,
) -> SweepView:
    """Queues a sweep. It runs as soon as its turn comes; `links.events` tells how it goes on."""
    check_priority(caller, priority)
    document = posted.spec.model_dump(mode="json")
    sweep = ledger.sweeps.post(
        caller.team_id, caller.user_id, document, posted.inherited, labels=label, note=note, priority=priority
    )
    view = shown(request, sweep)
    response.headers["Location"] = view.links.self
    return view


@router.post("/validate", responses=refusals(400, 401, 409, 413, 415, 422), openapi_extra=CHANGES_NOTHING)
def validate_sweep(_caller: KnownCaller, posted: PostedSweep, ledger: TheLedger, cluster: TheCluster) -> Validated:
    """Checks a specification and returns it resolved, with every default filled in, and the plan: what it will train,
    and how long that takes by what was measured before. Nothing is stored, not even under an idempotency key."""
    return Validated(spec=posted.spec, plan=plan_here(posted.spec, ledger, cluster))


@router.get("", responses=refusals(401, 422))
async def list_sweeps(
    caller: KnownCaller, ledger: TheLedger, asked: TheSweepsAsked, limit: Limit = 50
) -> Page[SweepSummary]:
    """The team's sweeps that are not archived, newest first, or as the query asks."""
    return await read(ledger, _page_of_sweeps, caller, ledger, asked, limit)


def _page_of_sweeps(caller: Caller, ledger: Ledger, asked: AskedSweeps, limit: int) -> Page[SweepSummary]:
    rows = ledger.lists.sweeps(caller.team_id, asked.wanted, limit + 1, asked.after)
    used = ledger.usage.by_sweep([sweep.id for sweep in rows])
    users = ledger.users.names([sweep.user_id for sweep in rows])
    return page_of(
        rows,
        limit,
        lambda sweep: sweep_summary(sweep, users[sweep.user_id], used.get(sweep.id, 0.0)),
        lambda sweep: place_of_sweep(sweep, asked.wanted.sort),
        asked.sort,
    )


@router.get("/{sweep_id}", responses=refusals(401, 404, 422))
async def show_sweep(request: Request, sweep: ExistingSweep, ledger: TheLedger) -> SweepView:
    """A sweep with its progress by arm."""
    if sweep.state is SweepState.QUEUED:  # why it waits is also a question to the cluster
        return await run_in_threadpool(shown, request, sweep)
    return await read(ledger, shown, request, sweep)
