"""Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = (
    "--no-sandbox",  # it refuses to have one where we are root; it sees our own pages alone
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises FileNotFoundError where it is not installed.

    While it is open, Playwright's event loop runs in this thread, so that `asyncio.run` is refused in it.
    """
    program = shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("the pages are looked at in Chromium, which is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
