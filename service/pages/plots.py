"""A sweep's plots: one page, and each figure by itself, fetched when it comes into view."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.answers.describe import arm_index, arm_names
from service.answers.figures import TheFigureAsked, TheFigures
from service.layers.entity_tags import REVALIDATE, named_tags
from service.pages.dependencies import PageSweep
from service.pages.plotly_script import plotly_address
from service.pages.templating import page
from sweeps.figures import FIGURES

router = APIRouter(include_in_schema=False)

ChosenArms = Annotated[list[Annotated[str, Query(max_length=60)]], Query(max_length=64)]


@router.get("/sweeps/{sweep_id}/plots")
async def show_plots(request: Request, sweep: PageSweep, arm: ChosenArms = []) -> Response:  # noqa: B006
    names = arm_names(sweep)
    for name in arm:
        arm_index(names, name)  # raises NoSuchArm
    query = f"?{urlencode({'arm': arm}, doseq=True)}" if arm else ""
    figures = [
        {"name": name, "title": kind.title, "shows": kind.shows, "address": f"/sweeps/{sweep.id}/plots/{name}{query}"}
        for name, kind in FIGURES.items()
    ]
    context: dict[str, Any] = {
        "sweep": sweep,
        "arms": names,
        "chosen": arm or names,
        "figures": figures,
        "plotly": plotly_address(),
    }
    return page(request, "sweep_plots.html", is_live=not sweep.state.is_final, **context)


@router.get("/sweeps/{sweep_id}/plots/{name}")
async def show_plot(request: Request, sweep: PageSweep, figures: TheFigures, asked: TheFigureAsked) -> Response:
    """The figure as JSON; 304 where the browser has it."""
    drawn = await figures.sent(sweep, asked)
    headers = {"ETag": f'"{drawn.tag}"', "Cache-Control": REVALIDATE}
    if drawn.tag in named_tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(drawn.body, media_type="application/json", headers=headers)
