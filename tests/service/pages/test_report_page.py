"""The report's page, and its files."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sweeps.ledger import Ledger
from tests.service.pages.conftest import Browse

Post = Callable[[dict[str, Any]], int]


@pytest.fixture
def sweep(spec: dict[str, Any], post: Post) -> int:
    return post(spec | {"compare": [{"rule": "bp", "name": "<script>alert(1)</script>"}, {"rule": "anp"}]})


def test_the_page_shows_the_report_and_says_what_is_provisional(browser: httpx.Client, sweep: int) -> None:
    answer = browser.get(f"/sweeps/{sweep}/report")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "provisional" in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("format", ["html", "md", "tex", "csv", "json"])
def test_every_file_that_the_page_offers_is_the_apis(
    format: str, browser: httpx.Client, api: httpx.Client, sweep: int
) -> None:
    address = f"/sweeps/{sweep}/report.{format}"
    assert f'href="{address}"' in browser.get(f"/sweeps/{sweep}/report").text
    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="sweep-{sweep}-report.{format}"'
    assert answer.text == api.get(f"/api/v1/sweeps/{sweep}/report", params={"format": format}).text


def test_nobody_else_reads_it(browse: Browse, ledger: Ledger, sweep: int) -> None:
    other = browse(ledger.accounts.add_team("others", "eve"))
    for address in (f"/sweeps/{sweep}/report", f"/sweeps/{sweep}/report.csv"):
        assert other.get(address).status_code == 404
        assert browse(None).get(address).url.path == "/login"
