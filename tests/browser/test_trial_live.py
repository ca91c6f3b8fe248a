"""A trial's page while it trains. The page's clock is wound by hand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sweeps.states import SweepState, TrialState
from tests.browser.conftest import log_in
from tests.browser.site import Site
from tests.sweeps.booked import BookedSweep

A_LOOK_MS = 2_000
"""How often the page asks."""


@pytest.fixture
def sweep(site: Site) -> BookedSweep:
    """Of a team of its own, which no other test looks at."""
    sweep = BookedSweep(site.ledger, team="trainers")
    sweep.trial(0, TrialState.RUNNING, value=None, epochs=1)
    return sweep


@pytest.fixture
def page(browser: Browser, site: Site, sweep: BookedSweep) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        log_in(page, site.address, sweep.token)
        page.clock.install()
        page.goto(f"{site.address}/sweeps/{sweep.id}/trials/0")
        yield page


def test_it_follows_without_disturbing_its_reader_and_asks_no_more_after_the_end(
    page: Page, sweep: BookedSweep
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opener = page.get_by_text("In numbers")
    opener.press("Enter")
    numbers = page.get_by_role("region", name="Learning curves of the search in numbers")
    expect(numbers.get_by_role("row")).to_have_count(2)
    sweep.epochs("search", 0, 0, upto=2, above=1)
    page.clock.run_for(A_LOOK_MS)
    expect(numbers.get_by_role("row")).to_have_count(3)
    expect(opener).to_be_focused()
    sweep.ledger.sweeps.end(sweep.id, SweepState.FAILED)
    page.clock.run_for(A_LOOK_MS)
    expect(page.get_by_text("Stopped before its end")).to_be_visible()
    asked.clear()
    page.clock.run_for(5 * A_LOOK_MS)
    assert asked == []
