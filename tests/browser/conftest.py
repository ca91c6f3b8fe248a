"""One Chromium and one site for the tests of this folder, and whoever is signed in there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import chromium
from tests.browser.site import Site, a_site
from tests.browser.visits import Who

PATIENCE_MS = 15_000
"""How long a page may take to show what it is expected to; machines that test are busy."""
SignedIn = Callable[[Who], BrowserContext]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed with the package: later tests want a thread without Playwright's event loop."""
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="package")
def signed_in(browser: Browser, site: Site) -> Iterator[SignedIn]:
    """Each kind of person with cookies of their own."""
    people: dict[Who, BrowserContext] = {}
    with ExitStack() as held:

        def found(who: Who) -> BrowserContext:
            if who not in people:
                people[who] = held.enter_context(browser.new_context())
                if who != "nobody":
                    log_in(people[who].new_page(), site.address, site.admin if who == "admin" else site.viewer)
            return people[who]

        yield found


def log_in(page: Page, address: str, token: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Sweeps", exact=True).wait_for()
