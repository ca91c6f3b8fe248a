"""What a page says while the service is away, and that it goes on by itself. The page's clock is wound by hand."""

from contextlib import ExitStack

from playwright.sync_api import Browser, expect

from service.app import create_app
from tests.browser.conftest import SignedIn, log_in
from tests.browser.looks import DESK, PHONE, PHONE_AT_NIGHT, keep
from tests.browser.site import Site
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster

A_LOOK_MS = 3_000
"""How often the list asks."""
A_TRY_MS = 5_000
"""How often the page of an unready service asks."""


def test_a_list_says_that_the_service_is_gone_and_is_up_to_date_when_it_is_back(site: Site, browser: Browser) -> None:
    with ExitStack() as first, browser.new_context() as context:
        address = first.enter_context(served(lambda closing: create_app(site.settings, MemoryCluster(), closing)))
        page = context.new_page()
        log_in(page, address, site.admin)
        page.clock.install()
        page.reload()
        first.close()
        page.clock.run_for(A_LOOK_MS)
        banner = page.locator("#connection")
        expect(banner).to_have_text("Disconnected: the service does not answer. Trying again…")
        keep(page, "disconnected", DESK, PHONE, PHONE_AT_NIGHT)
        site.ledger.shelf.change(site.failed, {"note": "written meanwhile"})
        with served(
            lambda closing: create_app(site.settings, MemoryCluster(), closing), port=int(address.rpartition(":")[2])
        ):
            page.clock.run_for(A_LOOK_MS)
            expect(banner).to_have_text("Connected again.")
            expect(page.get_by_text("written meanwhile")).to_be_visible()
            page.clock.run_for(2 * A_LOOK_MS)
            expect(banner).to_be_hidden()


def test_the_page_of_an_unready_service_becomes_the_page_that_was_asked_for(site: Site, signed_in: SignedIn) -> None:
    page = signed_in("admin").new_page()
    page.clock.install()
    page.goto(f"{site.address}/away")
    page.clock.run_for(A_TRY_MS)
    expect(page.get_by_text("Still away; trying again…")).to_be_visible()
    site.faults.is_away = False
    try:
        page.clock.run_for(A_TRY_MS)
        expect(page.get_by_role("heading", name="Sweeps", exact=True)).to_be_visible()
    finally:
        site.faults.is_away = True
        page.close()
