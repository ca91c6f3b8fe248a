"""Several sweeps side by side, as the list of sweeps or an address asks for them."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from service.answers.current_report import current_comparison
from service.dependencies import BIGGEST_ID, TheLedger
from service.pages.dependencies import PageCaller
from service.pages.plotly_script import plotly_address
from service.pages.templating import page
from service.routes.reports import MOST_COMPARED, sweeps_of
from sweeps.comparison.columns import (
    across,
    arm_columns,
    configurations,
    pair_columns,
    specification_columns,
    warnings,
)
from sweeps.figures import draw_comparison
from sweeps.ledger.records import SweepRecord
from sweeps.report.columns import Column

router = APIRouter(include_in_schema=False)

MOST_PAIRS = 200
"""Of arms, in the table."""
MOST_DRAWN = 100
"""Arms in the plot: more cannot be told apart in it."""

Ids = Annotated[list[Annotated[int, Field(ge=1, le=BIGGEST_ID)]], Query(max_length=MOST_COMPARED)]


def chosen_sweeps(caller: PageCaller, ledger: TheLedger, id: Ids = []) -> list[SweepRecord]:  # noqa: B006
    return sweeps_of(caller, ledger, id)


ChosenSweeps = Annotated[list[SweepRecord], Depends(chosen_sweeps)]


@router.get("/compare")
def show_comparison(request: Request, ledger: TheLedger, sweeps: ChosenSweeps) -> Response:
    if len(sweeps) < 2:
        return page(request, "compare_choose.html", sweeps=sweeps, most=MOST_COMPARED)
    comparison = current_comparison(ledger, sweeps)
    pairs = across(comparison)
    ids = [sweep.id for sweep in sweeps]
    return page(
        request,
        "compare.html",
        sweeps=sweeps,
        arms=_rows(arm_columns(comparison)),
        configurations=configurations(comparison),
        pairs=_rows(pair_columns(pairs[:MOST_PAIRS])) if pairs else None,
        pairs_left=max(0, len(pairs) - MOST_PAIRS),
        drawn=min(len(comparison.arms), MOST_DRAWN),
        warnings=warnings(comparison),
        specification=_rows(specification_columns(comparison)) if comparison.specification else None,
        address=f"/compare/plot?{urlencode({'id': ids}, doseq=True)}",
        plotly=plotly_address(),
    )


@router.get("/compare/plot")
def show_compared_plot(ledger: TheLedger, sweeps: ChosenSweeps) -> Response:
    """The figure as JSON."""
    comparison = current_comparison(ledger, sweeps)
    drawn = comparison.model_copy(update={"arms": comparison.arms[:MOST_DRAWN]})
    return Response(draw_comparison(drawn).model_dump_json(), media_type="application/json")


def _rows(columns: list[Column]) -> dict[str, Any]:
    """A table by rows, as a template goes through it."""
    titles = [{"text": column.title.replace("\n", " "), "is_text": column.is_text} for column in columns]
    rows = zip(*(column.cells for column in columns), strict=True)
    return {"titles": titles, "rows": [list(zip(row, titles, strict=True)) for row in rows]}
