"""The list of the team's sweeps."""

import re
from collections.abc import Callable
from typing import Any

import httpx

from service.answers.lists import AskedSweeps
from service.pages.sweep_rows import PAGE, SweepRow, sweep_rows
from sweeps.ledger import Ledger
from sweeps.ledger.lists import SweepsWanted
from sweeps.states import SweepState, TrialState
from tests.service.pages.conftest import Browse
from tests.sweeps.booked import BookedSweep

Post = Callable[[dict[str, Any]], int]


def rows(ledger: Ledger, team_id: int) -> list[SweepRow]:
    return sweep_rows(ledger, team_id, AskedSweeps(SweepsWanted(), "-created", None)).rows


def test_a_row_has_the_owner_the_progress_and_the_best_completed_value(ledger: Ledger) -> None:
    booked = BookedSweep(ledger)
    booked.trial(0, value=0.4)
    booked.trial(1, value=0.7)
    booked.trial(2, TrialState.PRUNED, value=0.9)
    booked.trial(3, TrialState.RUNNING, value=None)
    [row] = rows(ledger, ledger.sweeps.get(booked.id).team_id)
    assert (row.owner, row.ended, row.trials, row.arms, row.best) == ("ada", 3, 8, 2, 0.7)
    assert row.metric == "validation_accuracy"


def test_where_less_is_better_the_best_value_is_the_lowest(ledger: Ledger) -> None:
    booked = BookedSweep(ledger, search={"objectives": ["validation_loss", "device_seconds"]})
    booked.trial(0, value=0.4)
    booked.trial(1, value=0.7)
    [row] = rows(ledger, ledger.sweeps.get(booked.id).team_id)
    assert (row.metric, row.best) == ("validation_loss", 0.4)


def test_a_completed_sweep_has_all_its_trials(ledger: Ledger) -> None:
    booked = BookedSweep(ledger)
    for state in (SweepState.CONFIRMING, SweepState.COMPLETED):
        assert ledger.sweeps.move(booked.id, state)
    [row] = rows(ledger, ledger.sweeps.get(booked.id).team_id)
    assert (row.ended, row.best) == (8, None)


def test_the_list_is_filtered_and_leaves_empty_fields_out_of_its_address(
    browser: httpx.Client, spec: dict[str, Any], post: Post
) -> None:
    for name in ("Fashion wide", "digits"):
        post(spec | {"name": name})
    found = browser.get("/sweeps", params={"name": "fashion", "state": "", "label": " ", "sort": "name"})
    assert found.url.query == b"name=fashion&sort=name"
    assert ("Fashion wide" in found.text, ">digits<" in found.text) == (True, False)
    assert "No sweep fits" in browser.get("/sweeps", params={"label": "paper"}).text
    assert "No sweep fits" in browser.get("/sweeps", params={"archived": "true"}).text
    assert browser.get("/sweeps", params={"sort": "colour"}).status_code == 422


def test_the_list_goes_on_and_keeps_its_filter(browser: httpx.Client, spec: dict[str, Any], ledger: Ledger) -> None:
    for number in range(PAGE + 2):
        ledger.sweeps.post(1, 1, spec | {"name": f"many {number}", "compare": spec["compare"]})
    first = browser.get("/sweeps", params={"name": "many"})
    assert first.text.count('scope="row"') == PAGE
    later = first.text.partition('id="next-page" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = browser.get(later)
    assert (second.text.count('scope="row"'), "name=many" in str(second.url)) == (2, True)
    assert "many 1<" in second.text


def test_an_empty_list_says_to_those_who_can_how_to_begin(
    browse: Browse, browser: httpx.Client, ledger: Ledger
) -> None:
    assert "Begin with an example" in browser.get("/sweeps").text
    viewer = browse(ledger.accounts.add_team("lookers", "vera", "viewer"))
    assert "No sweeps yet" in viewer.get("/sweeps").text
    assert "Begin with an example" not in viewer.get("/sweeps").text


def test_another_teams_sweeps_and_people_are_not_in_the_list(
    browse: Browse, browser: httpx.Client, ledger: Ledger
) -> None:
    booked = BookedSweep(ledger, team="unmistakable", name="unmistakable")
    for address in ("/sweeps", "/sweeps?archived=any", "/sweeps?user=ada", "/sweeps?part=rows"):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "unmistakable" not in answer.text
        assert "<option>ada" not in answer.text
    assert ledger.sweeps.get(booked.id).name == "unmistakable"


def test_what_people_write_is_shown_as_text(
    browser: httpx.Client, post: Post, spec: dict[str, Any], ledger: Ledger
) -> None:
    evil = "<img src=x onerror=alert(1)>\"'"
    ledger.shelf.change(post(spec), {"note": evil, "labels": ["a"]})
    text = browser.get("/sweeps", params={"name": evil}).text + browser.get("/sweeps").text
    assert "<img src=x" not in text
    assert "&lt;img" in text


def test_sweeps_that_are_ticked_in_the_list_are_compared(
    browser: httpx.Client, post: Post, spec: dict[str, Any]
) -> None:
    ids = [post(spec), post(spec)]
    text = browser.get("/sweeps").text
    form = re.search(r'<form method="get" action="(/compare)" id="compare">', text)
    ticked = re.findall(r'type="checkbox" form="compare" name="(id)" value="(\d+)"', text)
    assert (form is not None, sorted(int(value) for _, value in ticked)) == (True, ids)
    assert "Sweeps compared" in browser.get(form[1] if form else "", params=ticked).text
