"""A sweep's figures, for notebooks and other pages."""

from fastapi import APIRouter, Response

from service.answers.figures import TheFigureAsked, TheFigures
from service.dependencies import ExistingSweep
from service.routes.refusals import Responses, refusals
from sweeps.figures import Figure

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["sweeps"])

DRAWN: Responses = {200: {"description": "The figure: data and layout, as Plotly takes them."}}


@router.get("/figures/{name}", response_model=Figure, responses=DRAWN | refusals(401, 404, 422))
async def show_figure(sweep: ExistingSweep, figures: TheFigures, asked: TheFigureAsked) -> Response:
    """What a plot of the sweep shows, for `plotly.graph_objects.Figure(**answer)` or `Plotly.newPlot`. At most about
    2,000 points are drawn; `layout.meta` says in words what is shown, what is left out, and holds a table. While the
    sweep goes on, a figure that took long to draw is shown for ten times as long before it is drawn again.
    """
    return Response((await figures.sent(sweep, asked)).body, media_type="application/json")
