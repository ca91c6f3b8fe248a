"""Figures while the service is away or slow, and under a finger."""

import json

from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import SignedIn, log_in
from tests.browser.site import Site

FIGURE = "**/plots/history*"
DRAWN = "#history .plot-area .main-svg"
META = {"title": "t", "summary": "s", "notes": [], "table": {"columns": [], "rows": []}, "empty": "Nothing yet"}


def open_plots(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sweeps/{site.completed}/plots#history")


def test_a_figure_comes_by_itself_when_the_service_is_back_and_an_older_answer_replaces_no_newer(
    signed_in: SignedIn, site: Site
) -> None:
    page, late = signed_in("admin").new_page(), list[Route]()
    page.route(FIGURE, lambda route: route.abort())
    open_plots(page, site)
    page.get_by_text("Disconnected").wait_for()
    page.locator("#history").get_by_text("cannot be fetched now").wait_for()
    page.unroute(FIGURE)
    page.locator(DRAWN).first.wait_for()
    page.get_by_text("Connected again").wait_for()

    again = page.locator("#history .plot-status button")
    nothing = json.dumps({"data": [], "layout": {"meta": META}})
    page.route(FIGURE, lambda route: late.append(route))
    again.dispatch_event("click")
    while not late:  # it is asked for and kept waiting
        page.wait_for_timeout(10)
    page.route(FIGURE, lambda route: route.fulfill(body=nothing, content_type="application/json"))
    with page.expect_event("requestfailed"):
        again.dispatch_event("click")
    page.locator("#history").get_by_text("Nothing yet").wait_for()
    assert page.locator("#history .plot-area").get_attribute("role") is None

    page.unroute(FIGURE)
    again.dispatch_event("click")
    page.locator(DRAWN).first.wait_for()
    assert page.locator("#history .plot-area").get_attribute("role") == "img"
    page.close()


def test_a_finger_is_shown_a_point_before_it_is_led_to_its_trial(browser: Browser, site: Site) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    log_in(page, site.address, site.admin)
    open_plots(page, site)
    page.locator(DRAWN).first.wait_for()
    before = page.url
    touch = "document.querySelector('#history .plot-area').emit('plotly_click', {points: [{customdata: [%d]}]})"
    for trial in (3, 4):
        page.evaluate(touch % trial)
    assert page.url == before
    page.evaluate(touch % 4)
    page.wait_for_url(f"**/sweeps/{site.completed}/trials/4")
    context.close()
