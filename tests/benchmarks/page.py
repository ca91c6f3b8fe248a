"""The page of a sweep of 10,000 trials that trains, in Chromium.

    python -m tests.benchmarks.page [--json] [--trials 10000] [--loads 7] [--seconds 30]

One process serves (`python -m service.server`), another books two epochs a second of 32 networks; the ledger is SQLite.

- `first_contentful_paint_ms`: median of loads with an empty cache, as the page's own clock says it.
- `first_load_mb`: what came over the network, headers included and compressed as it came, until the curves are drawn.
- `update_main_thread_ms`: for how long the page's main thread is busy from one look at the service to the next, with
  scripts, style, layout, paint and garbage; the median. `update_main_thread_max_ms`: the most.
"""

import argparse
import json
import statistics
import tempfile
from itertools import pairwise
from typing import Any

import torch
from playwright.sync_api import Browser, BrowserContext, Page

from tests.benchmarks.api import serving
from tests.benchmarks.live_sweep import fill, going_on
from tests.benchmarks.measuring import report
from tests.browser.chromium import chromium
from tests.browser.looks import DESK

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"]
CURVES = "[data-area] svg"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--loads", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=30.0, help="for which the page is looked at")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        token, sweep = fill(url, options.trials)
        with serving(url) as (port, _), going_on(url, sweep, options.trials), chromium() as browser:
            address = f"http://127.0.0.1:{port}"
            cookies = signed_in(browser, address, token)
            loads = [load(browser, cookies, f"{address}/sweeps/{sweep}") for _ in range(options.loads)]
            updates = watch(browser, cookies, f"{address}/sweeps/{sweep}", options.seconds)
            version = browser.version
    figures = {
        "first_contentful_paint_ms": statistics.median(paint for paint, _ in loads),
        "first_load_mb": statistics.median(size for _, size in loads) / 1e6,
        "update_main_thread_ms": statistics.median(updates),
        "update_main_thread_max_ms": max(updates),
    }
    settings = {"trials": options.trials, "loads": options.loads, "updates": len(updates), "chromium": version}
    report("page", figures, settings, torch.device("cpu"), options.json)


def signed_in(browser: Browser, address: str, token: str) -> list[Any]:
    """The cookies of somebody who has signed in."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/login")
        page.get_by_label("API token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/sweeps")
        return list(context.cookies())


def opened(context: BrowserContext, cookies: list[Any]) -> Page:
    context.add_cookies(cookies)
    page = context.new_page()
    DESK.at(page)
    return page


def load(browser: Browser, cookies: list[Any], address: str) -> tuple[float, float]:
    """Milliseconds to the first paint, and the bytes of everything that the page loads at first."""
    sizes: list[float] = []
    with browser.new_context() as context:
        page = opened(context, cookies)
        devtools = context.new_cdp_session(page)
        devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        devtools.send("Network.enable")
        page.goto(address)
        page.wait_for_selector(CURVES)
        page.wait_for_timeout(500)  # the log's first lines are asked for meanwhile
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        return float(paint), sum(sizes)


def watch(browser: Browser, cookies: list[Any], address: str, seconds: float) -> list[float]:
    """Milliseconds of main thread by update, while nobody touches the page."""
    with browser.new_context() as context:
        page = opened(context, cookies)
        page.goto(address)
        page.wait_for_selector(CURVES)
        browser.start_tracing(page=page, categories=CATEGORIES)
        page.wait_for_timeout(1000 * seconds)
        return busy(json.loads(browser.stop_tracing())["traceEvents"])


def busy(events: list[dict[str, Any]]) -> list[float]:
    """Milliseconds of tasks of the thread that asks for updates, from each request to the next."""
    asked = [one for one in events if one["name"] == "ResourceSendRequest" and "/live?" in one["args"]["data"]["url"]]
    thread = (asked[0]["pid"], asked[0]["tid"])
    tasks = [one for one in events if one["name"] == "RunTask" and (one["pid"], one["tid"]) == thread]
    moments = [one["ts"] for one in asked]
    return [
        sum(task.get("dur", 0) for task in tasks if begun <= task["ts"] < end) / 1000
        for begun, end in pairwise(moments)
    ]


if __name__ == "__main__":
    main()
