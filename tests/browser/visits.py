"""Every page of the app, by the route that answers with it, and how one gets to see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Page

from tests.browser.site import Site

WRONG = "name: wrong\ndata: digits\nnetwork: {kind: dense, hidden: [8]}\ncompare: [{rule: npp}]\nbudget: {trials: 0}\n"

Who = Literal["admin", "viewer", "nobody"]


def nothing_more(_page: Page, _site: Site) -> None:
    """The page as it is when it is opened."""


@dataclass(frozen=True)
class Visit:
    name: str
    address: str
    """With `{running}` and the like for the ids of the site's sweeps."""
    who: Who = "admin"
    then: Callable[[Page, Site], None] = nothing_more
    """What is done on the page before it is looked at."""

    def to(self, page: Page, site: Site) -> None:
        page.goto(site.address + self.address.format_map(vars(site)))
        self.then(page, site)


def write_a_wrong_specification(page: Page, _site: Site) -> None:
    page.get_by_label("Specification").fill(WRONG)
    page.get_by_role("link", name="Line 4").wait_for()


def write_beside_it(page: Page, _site: Site) -> None:
    page.get_by_text("Labels, note, priority").click()
    page.get_by_label("Note").fill("with the smaller network")


def be_refused(page: Page, _site: Site) -> None:
    page.get_by_label("API token").fill("nps_unknown")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def make_a_token(page: Page, _site: Site) -> None:
    page.get_by_label("New token for you").fill("laptop")
    page.get_by_role("button", name="Make token").click()
    page.get_by_text("Copy it now").wait_for()


def have_every_figure_drawn(page: Page, _site: Site) -> None:
    for figure in page.locator("[data-figure]").all():
        figure.scroll_into_view_if_needed()
        figure.locator(".plot-area .main-svg, .plot-area .plot-empty").first.wait_for()
    page.evaluate("scrollTo(0, 0)")


def read_the_log(page: Page, _site: Site) -> None:
    page.locator("[data-area] svg").wait_for()
    page.get_by_role("log").scroll_into_view_if_needed()
    page.get_by_text("Nothing has been said yet").wait_for()
    page.evaluate("scrollTo(0, 0)")


def open_the_menu(page: Page, _site: Site) -> None:
    page.get_by_text("More", exact=True).click()


def ask_again(page: Page, site: Site) -> None:
    """Until a busy service has enough of it."""
    for _ in range(2):
        page.goto(f"{site.slow}/sweeps")


PAGES: Mapping[str, tuple[Visit, ...]] = MappingProxyType(
    {
        "/login": (Visit("login", "/login", "nobody"), Visit("login-refused", "/login", "nobody", be_refused)),
        "/me": (Visit("me", "/me"),),
        "/sweeps": (
            Visit("sweeps", "/sweeps"),
            Visit("sweeps-none", "/sweeps?name=nowhere"),
        ),
        "/sweeps/new": (
            Visit("new", "/sweeps/new"),
            Visit("new-fits", "/sweeps/new?example=quickstart", then=write_beside_it),
            Visit("new-wrong", "/sweeps/new", then=write_a_wrong_specification),
        ),
        "/sweeps/{sweep_id}": (
            Visit("sweep-running", "/sweeps/{running}", then=read_the_log),
            Visit("sweep-completed", "/sweeps/{completed}?sort=-value"),
            Visit("sweep-failed", "/sweeps/{failed}", then=open_the_menu),
            Visit("sweep-viewed", "/sweeps/{running}?contains=nowhere", "viewer"),
        ),
        "/sweeps/{sweep_id}/trials/{number}": (
            Visit("trial-completed", "/sweeps/{completed}/trials/8"),
            Visit("trial-diverged", "/sweeps/{running}/trials/4"),
            Visit("trial-running", "/sweeps/{running}/trials/24", "viewer"),
        ),
        "/sweeps/{sweep_id}/plots": (Visit("plots", "/sweeps/{completed}/plots", then=have_every_figure_drawn),),
        "/sweeps/{sweep_id}/report": (Visit("report", "/sweeps/{completed}/report"),),
        "/compare": (
            Visit("compare", "/compare?id={running}&id={completed}", then=have_every_figure_drawn),
            Visit("compare-nothing", "/compare"),
        ),
        "/team": (
            Visit("team", "/team?everyone=true"),
            Visit("token-made", "/team", then=make_a_token),
        ),
        "/teams": (Visit("teams", "/teams"),),
    }
)

ERRORS = (
    Visit("error-403", "/sweeps/new", "viewer"),
    Visit("error-404", "/nowhere"),
    Visit("error-429", "/sweeps", then=ask_again),
    Visit("error-500", "/broken"),
    Visit("error-503", "/away"),
)

NO_PAGES = frozenset(
    {
        "/",  # leads to the list
        "/static/{of}/{name}",
        "/static/plotly/{of}/plotly.min.js",
        "/sweeps/{sweep_id}/curves",
        "/sweeps/{sweep_id}/live",
        "/sweeps/{sweep_id}/logs",
        "/sweeps/{sweep_id}/plots/{name}",
        "/sweeps/{sweep_id}/report.{format}",
        "/sweeps/{sweep_id}/trials.{format}",
        "/sweeps/{sweep_id}/trials/{number}/alone.yaml",
        "/compare/plot",
    }
)
"""What pages load and people download."""


def page_routes(app: FastAPI) -> set[str]:
    """The paths under which our pages' modules answer a GET with a page."""
    return {
        route.path_format
        for route in iter_route_contexts(app.routes)
        if route.path_format and "GET" in (route.methods or ()) and is_of_pages(route.endpoint)
    } - NO_PAGES


def is_of_pages(endpoint: Callable[..., object] | None) -> bool:
    return endpoint is not None and endpoint.__module__.startswith("service.pages.")
