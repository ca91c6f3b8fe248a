"""One trial's page in every state, and what trains it alone again."""

import re
from typing import Any

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from sweeps.yaml_text import parse_yaml
from tests.service.pages.conftest import Browse
from tests.sweeps.booked import BookedSweep

TRACEBACK = 'Traceback (most recent call last):\n  File "lane.py", line 7\nRuntimeError: <b>no such layer</b>'
PRUNED = "pruned after epoch 2: best so far 0.31 is below 0.78, the median of 5 completed trials at that epoch"
DIVERGED = "diverged in epoch 1 (seed 0): the loss or a weight was no longer finite"
DANP: dict[str, Any] = {"learning_rate": 3e-2, "noise_scale": 1e-3, "decorrelation_rate": 1e-3}


@pytest.fixture
def sweep(ledger: Ledger) -> BookedSweep:
    return BookedSweep(ledger, team="lab")


@pytest.fixture
def browser(browse: Browse, sweep: BookedSweep) -> httpx.Client:
    return browse(sweep.token)


def address(sweep: BookedSweep, number: int) -> str:
    return f"/sweeps/{sweep.id}/trials/{number}"


def text(page: httpx.Response) -> str:
    """What a reader sees of it."""
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_a_completed_trial_is_shown_with_networks_lanes_curves_and_confirmation(
    browser: httpx.Client, sweep: BookedSweep
) -> None:
    sweep.trial(0)
    sweep.trial(1, value=0.91, seeds=(0, 1), **DANP)
    sweep.trial(4)
    sweep.stint(1, lane=2, since=1_001.0, until=1_091.0, seed=1)
    sweep.confirmed(1, [0.8125, 0.8])
    page = browser.get(address(sweep, 1))
    said = text(page)
    for expected in (
        "Trained all its 3 epochs. The best of danp so far.",
        "lane-2 1.5 min",
        "0.0001 to 0.03, logarithmic at the upper end",
        "1000000 completed 3 0.9502 0.9502 epoch 3 0.8125",
        "epoch 3: 0.9502",
        "the sampler (tpe)",
    ):
        assert expected in said
    assert 'href="/sweeps/1/trials/0"' in page.text
    assert 'href="/sweeps/1/trials/4"' in page.text, "the next one, over a gap"
    assert "data-over" in page.text
    assert said.count("at the upper end") == 1


def test_each_state_says_in_words_what_has_become_of_the_trial(browser: httpx.Client, sweep: BookedSweep) -> None:
    sweep.trial(0, TrialState.WAITING, None, epochs=0)
    sweep.trial(2, TrialState.RUNNING, None, epochs=0)
    sweep.trial(4, TrialState.RUNNING, None, epochs=2)
    sweep.trial(6, TrialState.PRUNED, 0.31, epochs=2, reason=PRUNED)
    sweep.trial(8, TrialState.DIVERGED, None, epochs=1, reason=DIVERGED)
    sweep.trial(10, TrialState.FAILED, None, epochs=0, reason=TRACEBACK)
    sweep.trial(12, TrialState.STOPPED, None, epochs=1)
    for number, words, is_over in (
        (0, "Waits for a place in a lane. ", False),
        (2, "its first epoch has not been measured yet.", False),
        (4, "In training: 2 of 3 epochs. Validation accuracy 0.8647 so far", False),
        (6, "Pruned after epoch 2: best so far 0.31 is below 0.78, the median of 5 completed trials", True),
        (8, "Diverged in epoch 1 (seed 0)", True),
        (10, "Failed: RuntimeError: &lt;b&gt;no such layer&lt;/b&gt;.", True),
        (12, "Stopped before its end, as its sweep was.", True),
    ):
        page = browser.get(address(sweep, number))
        assert words in text(page)
        assert ("data-over" in page.text) is is_over, number
    assert "<b>" not in browser.get(address(sweep, 10)).text


def test_curves_stand_beside_the_best_of_the_arm(browser: httpx.Client, sweep: BookedSweep) -> None:
    sweep.trial(0, value=0.9)
    sweep.trial(1, value=0.99)
    sweep.trial(2, TrialState.PRUNED, 0.3, epochs=1)
    assert "best of bp, trial 0, epoch 3: 0.9502" in text(browser.get(address(sweep, 2)))
    assert "best of bp, trial" not in text(browser.get(address(sweep, 0))), "beside itself"


def test_the_part_that_changes_is_sent_only_when_it_has_changed(browser: httpx.Client, sweep: BookedSweep) -> None:
    sweep.trial(0, TrialState.RUNNING, None, epochs=1)
    first = browser.get(address(sweep, 0), params={"part": "live", "quantity": "accuracy"})
    assert "<html" not in first.text
    known = {"If-None-Match": first.headers["ETag"]}
    assert browser.get(first.url, headers=known).status_code == 304
    sweep.epochs("search", 0, 0, upto=2, above=1)
    assert "epoch 2" in browser.get(first.url, headers=known).text


def test_a_trial_is_offered_as_a_sweep_of_its_own(browser: httpx.Client, sweep: BookedSweep) -> None:
    sweep.trial(1, TrialState.PRUNED, 0.3, epochs=1, reason=PRUNED, **DANP)
    answer = browser.get(f"{address(sweep, 1)}/alone.yaml")
    assert 'filename="sweep-1-trial-1.yaml"' in answer.headers["Content-Disposition"]
    spec = SweepSpec.model_validate(parse_yaml(answer.text))
    assert [(arm.name, list(arm.enqueued)) for arm in spec.compare] == [("danp", [DANP])]
    assert (spec.budget.trials, spec.search.pruner.name, spec.seed) == (1, "none", sweep.spec.seed)
    editor = browser.get("/sweeps/new", params={"clone": sweep.id, "trial": 1})
    assert "name: quickstart trial 1" in editor.text


def test_what_is_not_there_or_not_the_teams_is_not_found(
    browse: Browse, browser: httpx.Client, ledger: Ledger, sweep: BookedSweep
) -> None:
    sweep.trial(0)
    foreign = browse(ledger.accounts.add_team("others", "eve"))
    for end in ("", "/alone.yaml"):
        assert browser.get(f"{address(sweep, 0)}{end}").status_code == 200
        assert browser.get(f"{address(sweep, 99)}{end}").status_code == 404
        assert foreign.get(f"{address(sweep, 0)}{end}").status_code == 404
        assert browse(None).get(f"{address(sweep, 0)}{end}").url.path == "/login"
    assert foreign.get("/sweeps/new", params={"clone": sweep.id, "trial": 0}).status_code == 404
