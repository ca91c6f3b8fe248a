"""All pages, in the order in which their addresses are looked at."""

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from service.layers.buckets import Buckets
from service.pages import (
    assets,
    compare,
    entrance,
    me,
    new_sweep,
    plotly_script,
    plots,
    report,
    sweep,
    sweep_actions,
    sweep_logs,
    sweeps,
    team,
    teams,
    trial,
)
from service.pages.dependencies import SignedOut
from service.pages.queries import Tidied
from service.problems.errors import answer_to
from service.problems.refusals import NotAuthenticated
from service.sessions import login_address


def add_pages(app: FastAPI) -> None:
    app.state.logins = Buckets(entrance.LOGINS_A_SECOND, entrance.LOGINS_AT_ONCE)
    app.add_exception_handler(SignedOut, _to_login)
    app.add_exception_handler(Tidied, _to_tidied)
    for pages in (assets, plotly_script, entrance, me, new_sweep, plots, compare, report, sweeps, team, teams):
        app.include_router(pages.router)
    for of_a_sweep in (sweep, sweep_actions, sweep_logs, trial):
        app.include_router(of_a_sweep.router)


def _to_login(request: Request, _error: Exception) -> Response:
    """A person is led there; a script, which could show nothing of it, is told."""
    accepted = request.headers.get("accept", "")
    if accepted.startswith(("application/json", "text/event-stream")):
        return answer_to(NotAuthenticated("your session has ended; sign in again"))
    return RedirectResponse(login_address(request), 303)


def _to_tidied(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Tidied)
    return RedirectResponse(error.address, 303)
