"""Every page, as a desk and a phone show it, by day and by night: axe-core has nothing serious to say against it."""

import os
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

from service.app import create_app
from tests.browser.conftest import SignedIn
from tests.browser.looks import DESK, DESK_AT_NIGHT, PHONE, PHONE_AT_NIGHT, keep
from tests.browser.site import Site
from tests.browser.visits import ERRORS, PAGES, Visit, page_routes
from tests.service.memory_cluster import MemoryCluster

VISITS = [*(visit for visits in PAGES.values() for visit in visits), *ERRORS]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
EVERYTHING: dict[str, Any] = {}
OF_LOOKS = ["color-contrast", "scrollable-region-focusable", "target-size"]
"""The rules whose answer depends on width and colours."""


def test_every_page_is_in_the_list(site: Site) -> None:
    assert page_routes(create_app(site.settings, MemoryCluster())) == set(PAGES)


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
def test_everybody_can_use_it(visit: Visit, signed_in: SignedIn, site: Site) -> None:
    page = signed_in(visit.who).new_page()
    said, asked = heard(page), requests(page)
    DESK.at(page)
    visit.to(page, site)
    page.evaluate(AXE)
    assert grave(page, EVERYTHING) == []
    PHONE_AT_NIGHT.at(page)
    assert grave(page, {"runOnly": OF_LOOKS}) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_AT_NIGHT.width, "it scrolls sideways"
    if "KEEP_SCREENSHOTS" in os.environ:
        keep(page, visit.name, DESK, DESK_AT_NIGHT, PHONE, PHONE_AT_NIGHT)
    page.close()
    assert said == []
    assert [address for address in asked if not address.startswith((site.address, site.slow, "data:", "blob:"))] == []


def test_what_nobody_can_read_would_be_found(signed_in: SignedIn) -> None:
    page = signed_in("nobody").new_page()
    page.set_content('<p style="color: #888; background: #aaa">Grey on grey</p>')
    page.evaluate(AXE)
    for options in (EVERYTHING, {"runOnly": OF_LOOKS}):
        assert [one for one in grave(page, options) if one.startswith("color-contrast")]
    page.close()


def grave(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe-core calls serious or critical: the rule and the first elements that break it."""
    found = page.evaluate("(options) => axe.run({resultTypes: ['violations'], ...options})", options)["violations"]
    return [
        "; ".join(
            [f"{one['id']}: {one['help']}", *(f"{node['html']} {node['failureSummary']}" for node in one["nodes"])]
        )
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def heard(page: Page) -> list[str]:
    """Errors of scripts and of the page's own policy; that an error page answers with an error is none."""
    errors: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and message.location["url"] != page.url:
            errors.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def requests(page: Page) -> list[str]:
    addresses: list[str] = []

    def note(request: Request) -> None:
        addresses.append(request.url)

    page.on("request", note)
    return addresses
