"""Figures over REST and through the client."""

import time

import httpx
import plotly.graph_objects as go
import pytest

from service.client import Client
from sweeps.ledger import Ledger
from sweeps.ledger.trials import Batch
from sweeps.states import TrialState
from tests.service.conftest import Document
from tests.service.test_sweeps_api import Post, trial, with_trials


@pytest.fixture
def sweep(ledger: Ledger, post: Post, spec: Document) -> int:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    return sweep_id


def test_a_figure_is_the_same_until_its_sweep_goes_on(api: httpx.Client, ledger: Ledger, sweep: int) -> None:
    path = f"/api/v1/sweeps/{sweep}/figures/history"
    first = api.get(path)
    known = {"If-None-Match": first.headers["ETag"]}
    assert api.get(path, headers=known).status_code == 304
    ended = {3: trial(sweep, 3, TrialState.COMPLETED, 0.95)}
    ledger.trials.book(sweep, 1, Batch(ended, events=[("trial.finished", {"trial": 3})]))
    deadline = time.monotonic() + 60
    while (later := api.get(path, headers=known)).status_code == 304 and time.monotonic() < deadline:
        time.sleep(0.05)  # where the first took long, it is shown for a while
    assert later.status_code == 200
    assert later.json()["data"] != first.json()["data"]


def test_a_notebook_draws_what_the_page_shows_and_hears_what_is_not_drawn(
    api: httpx.Client, address: str, token: str, sweep: int
) -> None:
    with Client(address, token) as client:
        drawn = go.Figure(client.figure(sweep, "history", arms=["bp"]))
    assert {trace.name for trace in drawn.data} == {"bp"}
    assert drawn.layout.meta["title"] == "Optimisation history"
    for name, params, field in [
        ("no-such", {}, "name"),
        ("history", {"arm": "unknown"}, "arm"),
        ("history", {"columns": "9"}, "columns"),
    ]:
        answer = api.get(f"/api/v1/sweeps/{sweep}/figures/{name}", params=params)
        assert answer.status_code == 422
        assert field in answer.json()["errors"][0]["field"]
