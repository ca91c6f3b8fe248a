"""The buttons of a sweep's page, as its script presses them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from sweeps.ledger.errors import NoSuchSweep
from sweeps.states import SweepState
from tests.browser.conftest import log_in
from tests.browser.site import Site
from tests.sweeps.booked import BookedSweep


@pytest.fixture
def sweep(site: Site, request: pytest.FixtureRequest) -> BookedSweep:
    """Of a team of its own, which no other test looks at."""
    return BookedSweep(site.ledger, team=request.node.name[:100])


@pytest.fixture
def page(browser: Browser, site: Site, sweep: BookedSweep) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        log_in(page, site.address, sweep.token)
        page.goto(f"{site.address}/sweeps/{sweep.id}")
        yield page


def posts(page: Page) -> list[str]:
    """The addresses to which something is posted from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    return sent


def test_a_stop_is_asked_about_and_done_only_after_a_yes(page: Page, sweep: BookedSweep) -> None:
    sent = posts(page)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Stop").click()
    page.reload()
    assert sent == []
    assert sweep.ledger.sweeps.get(sweep.id).state is SweepState.RUNNING
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("stopping").first).to_be_visible()
    assert sweep.ledger.sweeps.get(sweep.id).state is SweepState.STOPPING


def test_a_deletion_is_asked_about_and_done_only_after_a_yes(page: Page, sweep: BookedSweep) -> None:
    sweep.ledger.sweeps.end(sweep.id, SweepState.FAILED)
    page.reload()
    sent = posts(page)
    page.get_by_text("More", exact=True).click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Delete").click()
    page.reload()
    assert sent == []
    assert sweep.ledger.sweeps.get(sweep.id).state is SweepState.FAILED
    page.get_by_text("More", exact=True).click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/sweeps")
    with pytest.raises(NoSuchSweep):
        sweep.ledger.sweeps.get(sweep.id)


def test_a_double_press_enqueues_once_and_leaves_nothing_to_enqueue_again(page: Page, sweep: BookedSweep) -> None:
    page.get_by_text("Enqueue", exact=True).first.click()
    written = page.get_by_label("Configuration", exact=True)
    written.fill("learning_rate: 0.003")
    page.get_by_role("button", name="Enqueue").dblclick()
    expect(written).to_have_value("")
    arms = sweep.ledger.sweeps.get(sweep.id).spec["compare"]
    assert [len(arm.get("enqueued") or []) for arm in arms] == [1, 0]


def test_arms_that_are_chosen_while_curves_are_on_their_way_are_asked_for_next(
    page: Page, sweep: BookedSweep, site: Site
) -> None:
    held: list[Route] = []
    page.goto("about:blank")  # what the page asked for before it was left is none of this
    page.route("**/curves*", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/curves"):
        page.goto(f"{site.address}/sweeps/{sweep.id}")
    page.get_by_role("checkbox", name="danp").uncheck()
    with page.expect_request("**/curves?arm=bp"):
        held[0].continue_()
