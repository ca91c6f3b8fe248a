"""Sweeps are ticked in the list and compared, also while rows come and go."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.conftest import SignedIn
from tests.browser.site import Site


def test_what_is_ticked_is_compared_also_where_a_filter_hides_it(site: Site, signed_in: SignedIn) -> None:
    page = signed_in("admin").new_page()
    page.goto(f"{site.address}/sweeps")
    page.get_by_label("Compare fashion-noise").check()
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    page.get_by_label("Name", exact=True).fill("digits")
    expect(page.get_by_label("Compare fashion-noise")).to_have_count(0)
    page.get_by_label("Compare digits-wide").check()
    page.get_by_label("Name", exact=True).fill("")
    expect(page.get_by_label("Compare fashion-noise")).to_be_checked()
    page.get_by_label("Name", exact=True).fill("digits")
    expect(page.get_by_label("Compare fashion-noise")).to_have_count(0)
    page.get_by_role("button", name="Compare 2").click()
    expect(page.get_by_role("heading", name="Sweeps compared")).to_be_visible()
    assert {int(one) for one in parse_qs(urlsplit(page.url).query)["id"]} == {site.running, site.completed}
    page.close()
