"""A sweep's report, and several sweeps compared, in the format that the caller asks for."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import Field

from service.answers.current_report import current_comparison, current_report
from service.answers.lists import wrong
from service.dependencies import BIGGEST_ID, ExistingSweep, KnownCaller, TheLedger
from service.problems.refusals import NothingToShow
from service.routes.refusals import Responses, refusals
from sweeps.comparison import Comparison, render_comparison
from sweeps.ledger import Ledger
from sweeps.ledger.records import Caller, SweepRecord
from sweeps.report import FigureFormat, FigureName, Format, Report, ReportFormat, draw_figure, write_report

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["sweeps"])
comparing = APIRouter(prefix="/sweeps", tags=["sweeps"])
"""To be asked before the routes of one sweep: its address looks like a sweep's."""

MOST_COMPARED = 20
Ids = Annotated[
    list[Annotated[int, Field(ge=1, le=BIGGEST_ID)]],
    Query(min_length=2, max_length=MOST_COMPARED, description="Ids of the sweeps.", examples=[[3, 7]]),
]

MEDIA: dict[ReportFormat, str] = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "table": "text/plain; charset=utf-8",
    "tex": "application/x-tex; charset=utf-8",
    "html": "text/html; charset=utf-8",
}
"""A format that an Accept header names comes before those after it."""
AFormat = TypeVar("AFormat", bound=ReportFormat)
COMPARISONS: tuple[Format, ...] = ("json", "md", "csv", "table")
FIGURE_MEDIA: dict[FigureFormat, str] = {"svg": "image/svg+xml", "png": "image/png"}
NOTHING_BUT_STYLE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""A report in one file, and a figure, need nothing else; what is in them can then do nothing either."""
BY_ACCEPT = {"Vary": "Accept"}
"""For caches: who accepts other formats may get another one."""
TEXT: dict[str, Any] = {"schema": {"type": "string"}}
IN_EVERY_FORMAT = {"text/markdown": TEXT, "text/csv": TEXT, "text/plain": TEXT}
WRITTEN = IN_EVERY_FORMAT | {"application/x-tex": TEXT, "text/html": TEXT}
REPORTED: Responses = {200: {"model": Report, "description": "The report.", "content": WRITTEN}}
DRAWN: Responses = {200: {"description": "The figure.", "content": {media: {} for media in FIGURE_MEDIA.values()}}}
COMPARED: Responses = {200: {"model": Comparison, "description": "The comparison.", "content": IN_EVERY_FORMAT}}


@router.get("/report", response_model=None, responses=REPORTED | refusals(401, 404, 422))
def show_report(
    sweep: ExistingSweep,
    ledger: TheLedger,
    format: Annotated[ReportFormat | None, Query(description="Goes before the Accept header.")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """The table that the sweep was run for. It can be asked for at any time; an unfinished sweep's says so.

    `html` is one file with the figures in it that needs nothing else, `tex` a table for LaTeX with booktabs.
    """
    return report_answer(ledger, sweep, format or accepted(accept, tuple(MEDIA)))


@router.get("/report/figures/{figure}", response_model=None, responses=DRAWN | refusals(401, 404, 422))
def show_report_figure(
    sweep: ExistingSweep,
    ledger: TheLedger,
    figure: Annotated[FigureName, Path(description="Which of the report's figures.")],
    format: Annotated[FigureFormat, Query(description="How it is drawn.")] = "svg",
) -> Response:
    """One figure of the report. Where nothing has been measured yet that it could show, it is not there."""
    drawing = draw_figure(ledger, current_report(ledger, sweep.id), figure, format)
    if drawing is None:
        raise NothingToShow(f"sweep {sweep.id} has not measured yet what the figure {figure!r} shows")
    return Response(drawing, media_type=FIGURE_MEDIA[format], headers={"Content-Security-Policy": NOTHING_BUT_STYLE})


def report_answer(ledger: Ledger, sweep: SweepRecord, format: ReportFormat) -> Response:
    """The report as a file of its own."""
    headers = {"Content-Security-Policy": NOTHING_BUT_STYLE} if format == "html" else {}
    text = write_report(ledger, current_report(ledger, sweep.id), format)
    return Response(text, media_type=MEDIA[format], headers=BY_ACCEPT | headers)


def compared_sweeps(caller: KnownCaller, ledger: TheLedger, ids: Ids) -> list[SweepRecord]:
    """The sweeps. Raises RequestValidationError where all are one."""
    if len(set(ids)) == 1:
        raise wrong("ids", ids, f"name sweep {ids[0]} alone, which is compared with nothing; name two that differ")
    return sweeps_of(caller, ledger, ids)


def sweeps_of(caller: Caller, ledger: Ledger, ids: Sequence[int]) -> list[SweepRecord]:
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
    chosen = format or accepted(accept, COMPARISONS)
    return Response(
        render_comparison(current_comparison(ledger, sweeps), chosen), media_type=MEDIA[chosen], headers=BY_ACCEPT
    )


def accepted(header: str, formats: Sequence[AFormat]) -> AFormat:
    """The first of the formats that an Accept header names; the first of all where it names none."""
    for entry in header.split(","):
        wanted = entry.split(";")[0].strip().lower()
        for format in formats:
            if wanted == MEDIA[format].split(";")[0]:
                return format
    return formats[0]
