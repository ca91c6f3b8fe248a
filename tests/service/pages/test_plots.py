"""The pages of plots and of compared sweeps."""

import gzip
import re

import httpx
import pytest

from sweeps.figures import FIGURES
from sweeps.ledger import Ledger
from tests.service.conftest import Document
from tests.service.pages.conftest import Browse
from tests.service.test_compare_api import confirmed
from tests.service.test_sweeps_api import Post, with_trials

NAME = "<i>arm</i>"


@pytest.fixture
def sweep(ledger: Ledger, post: Post, spec: Document) -> int:
    sweep_id = post(spec | {"compare": [{"rule": "bp", "name": NAME}, {"rule": "anp"}]})
    with_trials(ledger, sweep_id)
    return sweep_id


def figures(page: httpx.Response) -> list[str]:
    return [address.replace("&amp;", "&") for address in re.findall(r'data-figure="([^"]+)"', page.text)]


def test_the_page_leads_to_every_figure_and_none_is_sent_twice(browser: httpx.Client, sweep: int) -> None:
    page = browser.get(f"/sweeps/{sweep}/plots")
    assert page.status_code == 200
    assert NAME not in page.text
    assert "&lt;i&gt;arm&lt;/i&gt;" in page.text
    addresses = figures(page)
    assert len(addresses) == len(FIGURES)
    for address in addresses:
        answer = browser.get(address, headers={"Accept": "application/json"})
        assert answer.json()["layout"]["meta"]["title"] in page.text
        assert browser.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for address in figures(browser.get(f"/sweeps/{sweep}/plots", params={"arm": "anp"})):
        assert NAME not in browser.get(address).text, "an arm that is not asked for"
    assert browser.get(f"/sweeps/{sweep}/plots", params={"arm": "unknown"}).status_code == 422


def test_plotly_comes_with_the_page_compressed_and_is_kept_for_good(browser: httpx.Client, sweep: int) -> None:
    (script,) = re.findall(r'<script defer src="([^"]+)"', browser.get(f"/sweeps/{sweep}/plots").text)
    with browser.stream("GET", script) as answer:
        packed = b"".join(answer.iter_raw())
    assert (answer.headers["content-encoding"], "immutable" in answer.headers["cache-control"]) == ("gzip", True)
    assert len(packed) < 1_600_000
    assert gzip.decompress(packed) == browser.get(script, headers={"Accept-Encoding": "identity"}).content
    assert b"downloadImage" in gzip.decompress(packed)


def test_compared_sweeps_stand_beside_each_other(
    browser: httpx.Client, ledger: Ledger, post: Post, spec: Document
) -> None:
    first = confirmed(ledger, post(spec), 0.90, 0.91, 0.92)
    second = confirmed(ledger, post(spec | {"network": {"kind": "dense", "hidden": [64]}}), 0.97, 0.975)
    page = browser.get("/compare", params={"id": [first, second]})
    for expected in (f"{first}:bp", f"{second}:bp", "support it", "network.hidden", "[64]"):
        assert expected in page.text
    (address,) = figures(page)
    assert browser.get(address).json()["layout"]["xaxis"]["ticktext"] == [f"{first}:bp", f"{second}:bp"]
    for ids in ([], [first]):
        page = browser.get("/compare", params={"id": ids})
        assert (page.status_code, "in the list" in page.text) == (200, True), "one is not compared"


def test_of_very_many_arms_the_plot_shows_the_first_and_says_so(
    browser: httpx.Client, post: Post, spec: Document
) -> None:
    many = spec | {"compare": [{"rule": "bp", "name": f"arm-{n}"} for n in range(60)]}
    page = browser.get("/compare", params={"id": [post(many), post(many)]})
    assert "The plot shows the first 100 of 120 arms" in page.text


def test_another_team_sees_no_plot(browse: Browse, ledger: Ledger, sweep: int) -> None:
    foreign = browse(ledger.accounts.add_team("others", "eve"))
    for address in (f"/sweeps/{sweep}/plots", f"/sweeps/{sweep}/plots/history", f"/compare?id={sweep}&id=99"):
        assert foreign.get(address).status_code == 404
    assert browse(None).get(f"/sweeps/{sweep}/plots").url.path == "/login"
