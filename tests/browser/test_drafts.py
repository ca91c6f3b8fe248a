"""What somebody writes is not lost before it is posted, and nobody else is shown it."""

import json

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import SignedIn, log_in
from tests.browser.site import Site

SPECIFICATION = json.dumps(
    {
        "name": "written",
        "data": "digits",
        "network": {"kind": "dense", "hidden": [8]},
        "training": {"epochs": 2, "batch_size": 50},
        "budget": {"trials": 3},
        "compare": [{"rule": "bp"}],
    },
    indent=1,
)
KEPT = "Object.keys(sessionStorage).filter((name) => sessionStorage.getItem(name).includes('written')).length"


def editor(page: Page, site: Site) -> Page:
    page.goto(f"{site.address}/sweeps/new")
    return page


def write(page: Page, text: str = SPECIFICATION) -> None:
    page.get_by_label("Specification").fill(text)


def written(page: Page) -> str:
    return page.get_by_label("Specification").input_value()


def sign_in(page: Page, site: Site, token: str) -> None:
    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def post(page: Page) -> None:
    page.get_by_role("button", name="Post sweep").click()


def kept_at_last(page: Page) -> int:
    """Drafts that are left when the page's script has tidied the address."""
    page.wait_for_url(lambda address: "#" not in address)
    return int(page.evaluate(KEPT))


def opened(browser: Browser, site: Site) -> tuple[BrowserContext, Page]:
    context = browser.new_context()
    page = context.new_page()
    log_in(page, site.address, site.admin)
    return context, page


def test_a_text_outlives_the_end_of_its_session_until_it_is_posted(browser: Browser, site: Site) -> None:
    context, page = opened(browser, site)
    write(editor(page, site))
    page.get_by_text("Labels, note, priority").click()
    page.get_by_label("Note").fill("a note on what is written")
    context.clear_cookies()
    post(page)
    sign_in(page, site, site.admin)
    page.get_by_text("what you had written here before").wait_for()
    assert written(page) == SPECIFICATION
    assert page.get_by_label("Note").input_value() == "a note on what is written"
    post(page)
    page.get_by_role("heading", name="written").wait_for()
    assert kept_at_last(page) == 0
    assert written(editor(page, site)) == ""
    context.close()


def test_nobody_is_shown_what_another_user_wrote(browser: Browser, site: Site) -> None:
    other = site.ledger.accounts.add_team("others", "eve")
    context, page = opened(browser, site)
    write(editor(page, site))
    context.clear_cookies()
    page.goto(f"{site.address}/login?next=/sweeps/new")
    sign_in(page, site, other)
    page.get_by_role("heading", name="New sweep").wait_for()
    assert (written(page), page.evaluate(KEPT)) == ("", 0)
    write(page)
    assert page.evaluate(KEPT) == 1
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert kept_at_last(page) == 0
    context.close()


def test_a_check_that_failed_holds_nobody_up_and_is_made_again(signed_in: SignedIn, site: Site) -> None:
    page = signed_in("admin").new_page()
    write(editor(page, site), SPECIFICATION.replace("digits", "digitz"))
    page.get_by_text("1 thing to put right").wait_for()
    page.route("**/sweeps/new/check", lambda route: route.abort())
    write(page)
    page.get_by_text("Not checked: the service does not answer").wait_for()
    assert page.locator(".findings").count() == 0
    page.unroute("**/sweeps/new/check")
    page.get_by_text("It can run.").wait_for()
    page.get_by_text("Connected again").wait_for()
    post(page)
    page.get_by_role("heading", name="written").wait_for()
    page.close()


def test_what_is_typed_can_be_undone(signed_in: SignedIn, site: Site) -> None:
    page = signed_in("admin").new_page()
    editor(page, site).get_by_label("Specification").focus()
    page.keyboard.type("a:\n  b")
    page.keyboard.press("Enter")
    page.keyboard.type("c")
    assert written(page) == "a:\n  b\n  c"
    for _ in range(8):
        page.keyboard.press("Control+z")
    assert written(page) == ""
    page.close()
