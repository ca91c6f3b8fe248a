"""A researcher's way through the pages of the real stack, from the token to the report, and what others see of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS, log_in
from tests.browser.looks import DESK, PHONE, keep
from tests.chaos.embedded import EmbeddedStack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

TRIALS = 12
SPECIFICATION = """\
name: journey
data: digits
network: {kind: dense, hidden: [64, 32]}
training: {epochs: 80, batch_size: 50}
compare:
  - {rule: bp}
  - {rule: anp, decorrelation: true}
budget: {trials: 6}
confirmation: {seeds: 2}
lanes: 1
trials_per_lane: 2
"""
"""Trained two at a time, so that its bars move more than once."""
WRONG = SPECIFICATION.replace("rule: anp", "rule: annp")
TO_START_MS, TO_END_MS = 60_000, 120_000


@pytest.fixture(scope="module")
def page(browser: Browser, embedded: EmbeddedStack) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        DESK.at(page)
        yield page


def test_from_the_token_to_the_report(page: Page, embedded: EmbeddedStack, tmp_path: Path) -> None:
    log_in(page, embedded.address, embedded.data.token.read_text())
    keep(page, "journey-1-list", PHONE, DESK)
    write_a_sweep(page)
    page.get_by_role("button", name="Post sweep").click()
    expect(page.get_by_role("heading", name="journey")).to_be_visible()
    address = page.url
    stop_the_other(page, embedded)
    page.goto(address)
    watch_it_move(page)
    lose_the_api(page, embedded)
    open_a_trial_and_its_run(page)
    page.goto(address)
    expect(page.get_by_role("link", name="Read the report")).to_be_visible(timeout=TO_END_MS)
    keep(page, "journey-8-completed", PHONE, DESK)
    assert "danp" in downloaded_report(page, tmp_path)


def write_a_sweep(page: Page) -> None:
    """Wrong first: the page says where and what; then as it should be, and the page says what it would train."""
    page.get_by_role("link", name="New sweep").first.click()
    page.get_by_label("Specification").fill(WRONG)
    check = page.get_by_role("region", name="Check")
    expect(check.get_by_role("link", name="Line 7")).to_be_visible()
    expect(check).to_contain_text("compare[1].rule")
    expect(check).to_contain_text("'annp' is none of")
    keep(page, "journey-2-wrong", PHONE, DESK)
    page.get_by_label("Specification").fill(SPECIFICATION)
    expect(check).to_contain_text("It can run.")
    expect(check).to_contain_text(re.compile(rf"Trials\s*{TRIALS}"))
    keep(page, "journey-3-plan", PHONE, DESK)


def stop_the_other(page: Page, embedded: EmbeddedStack) -> None:
    """A colleague's, which would train next."""
    with embedded.client() as client:
        client.submit(yaml.safe_load(SPECIFICATION) | {"name": "another"})
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Sweeps").click()
    page.get_by_role("link", name="another").click()

    def agree(dialog: Dialog) -> None:
        dialog.accept()

    page.once("dialog", agree)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Resume")).to_be_enabled(timeout=TO_START_MS)
    expect(page.get_by_text("stopped", exact=True).first).to_be_visible()
    keep(page, "journey-4-stopped", PHONE, DESK)


def watch_it_move(page: Page) -> None:
    """Bars and curves, without touching the page."""
    ended = page.get_by_role("region", name="Progress", exact=True).get_by_text(re.compile(r"^\d+ of 12 trials$"))
    curves = page.get_by_role("region", name="Learning curves").get_by_role("img")
    expect(ended).not_to_have_text("0 of 12 trials", timeout=TO_START_MS)
    before, drawn = ended.inner_text(), curves.inner_html()
    keep(page, "journey-5-running", PHONE, DESK)
    expect(ended).not_to_have_text(before)
    assert number(ended) > int(before.split()[0])
    while curves.inner_html() == drawn:
        page.wait_for_timeout(100)


def number(said: Locator) -> int:
    return int(said.inner_text().split()[0])


def lose_the_api(page: Page, embedded: EmbeddedStack) -> None:
    banner = page.get_by_text("Disconnected: the service does not answer")
    with embedded.without_api():
        expect(banner).to_be_visible()
        keep(page, "journey-6-disconnected", PHONE, DESK)
    expect(page.get_by_text("Connected again.")).to_be_visible(timeout=TO_START_MS)
    expect(banner).to_be_hidden()


def open_a_trial_and_its_run(page: Page) -> None:
    page.get_by_role("link", name="0", exact=True).click()
    expect(page.get_by_role("heading", name="Trial 0")).to_be_visible()
    link = page.get_by_role("link", name="its run")
    expect(link).to_be_visible(timeout=TO_START_MS)
    keep(page, "journey-7-trial", PHONE, DESK)
    link.click()
    expect(page.get_by_text("noise_scale").or_(page.get_by_text("learning_rate")).first).to_be_visible(
        timeout=TO_START_MS
    )
    keep(page, "journey-7-mlflow", DESK)


def downloaded_report(page: Page, folder: Path) -> str:
    page.get_by_role("link", name="Read the report").click()
    keep(page, "journey-9-report", PHONE, DESK)
    with page.expect_download() as download:
        page.get_by_role("link", name="HTML, one file").click()
    download.value.save_as(folder / "report.html")
    return (folder / "report.html").read_text()


def test_another_team_sees_none_of_it(browser: Browser, embedded: EmbeddedStack) -> None:
    with embedded.client() as client:
        others = next(sweep.id for sweep in client.sweeps() if sweep.name == "journey")
    with browser.new_context() as context:
        page = context.new_page()
        DESK.at(page)
        log_in(page, embedded.address, embedded.ledger.accounts.add_team("strangers", "eve"))
        expect(page.get_by_text("No sweeps yet")).to_be_visible()
        for address in ("", "/trials/0", "/plots", "/report"):
            answer = page.goto(f"{embedded.address}/sweeps/{others}{address}")
            assert answer is not None
            assert answer.status == 404
            expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
        keep(page, "journey-other-team", PHONE, DESK)
