"""Without a mouse: the content is one key away, and what has the focus keeps it while the page renews itself."""

from playwright.sync_api import expect

from tests.browser.conftest import SignedIn
from tests.browser.site import Site

A_LOOK_MS = 3_000
"""How often the list asks."""


def test_the_first_tab_leads_past_the_navigation(site: Site, signed_in: SignedIn) -> None:
    page = signed_in("admin").new_page()
    page.goto(f"{site.address}/team")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.close()


def test_a_list_that_renews_itself_leaves_the_focus_where_it_is(site: Site, signed_in: SignedIn) -> None:
    page = signed_in("admin").new_page()
    page.clock.install()
    page.goto(f"{site.address}/sweeps")
    link = page.get_by_role("link", name="digits-wide")
    link.focus()
    site.ledger.shelf.change(site.failed, {"note": "a new version of the rows"})
    page.clock.run_for(A_LOOK_MS)
    expect(page.get_by_text("a new version of the rows")).to_be_visible()
    expect(link).to_be_focused()
    page.close()
