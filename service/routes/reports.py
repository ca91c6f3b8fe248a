"""A sweep's report, and several sweeps compared, in the format that the caller asks for."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import Field

from service.current_report import current_report
from service.dependencies import BIGGEST_ID, ExistingSweep, KnownCaller, TheLedger
from service.routes.refusals import Responses, refusals
from sweeps.comparison import Comparison, build_comparison, render_comparison
from sweeps.ledger.records import SweepRecord
from sweeps.report import Format, Report, render

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["sweeps"])
comparing = APIRouter(prefix="/sweeps", tags=["sweeps"])
"""To be asked before the routes of one sweep: its address looks like a sweep's."""

MOST_COMPARED = 20
Ids = Annotated[
    list[Annotated[int, Field(ge=1, le=BIGGEST_ID)]],
    Query(min_length=2, max_length=MOST_COMPARED, description="Ids of the sweeps.", examples=[[3, 7]]),
]

MEDIA: dict[Format, str] = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "table": "text/plain; charset=utf-8",
}
TEXT: dict[str, Any] = {"schema": {"type": "string"}}
IN_EVERY_FORMAT = {"text/markdown": TEXT, "text/csv": TEXT, "text/plain": TEXT}
REPORTED: Responses = {200: {"model": Report, "description": "The report.", "content": IN_EVERY_FORMAT}}
COMPARED: Responses = {200: {"model": Comparison, "description": "The comparison.", "content": IN_EVERY_FORMAT}}


@router.get("/report", response_model=None, responses=REPORTED | refusals(401, 404, 422))
def show_report(
    sweep: ExistingSweep,
    ledger: TheLedger,
    format: Annotated[Format | None, Query(description="Goes before the Accept header.")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """The table that the sweep was run for. It can be asked for at any time; an unfinished sweep's says so."""
    chosen = format or accepted(accept)
    return Response(render(current_report(ledger, sweep.id), chosen), media_type=MEDIA[chosen])


def compared_sweeps(caller: KnownCaller, ledger: TheLedger, ids: Ids) -> list[SweepRecord]:
    """The sweeps, each once. Raises NoSuchSweep where one is not of the caller's team."""
    return [ledger.sweeps.get(sweep_id, caller.team_id) for sweep_id in dict.fromkeys(ids)]


@comparing.get("/compare", response_model=None, responses=COMPARED | refusals(401, 404, 422))
def compare_sweeps(
    ledger: TheLedger,
    sweeps: Annotated[list[SweepRecord], Depends(compared_sweeps)],
    format: Annotated[Format | None, Query(description="Goes before the Accept header.")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Arms of several sweeps side by side: mean ± standard deviation, which differences the seeds support, the best
    configurations, and where the specifications differ.
    """
    chosen = format or accepted(accept)
    comparison = build_comparison([current_report(ledger, sweep.id) for sweep in sweeps])
    return Response(render_comparison(comparison, chosen), media_type=MEDIA[chosen])


def accepted(header: str) -> Format:
    """The first format that an Accept header names; JSON where it names none."""
    for entry in header.split(","):
        wanted = entry.split(";")[0].strip().lower()
        for format, media in MEDIA.items():
            if wanted == media.split(";")[0]:
                return format
    return "json"
