"""A sweep's page: what it shows, and how it is kept up to date."""

import re
from typing import Any

import httpx

from service.pages.sweep_curves import MOST_POINTS, MOST_TRIALS, drawn_curves
from service.pages.sweep_trials import PAGE
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.report import build_report
from sweeps.roles import Role
from sweeps.states import SweepState, TrialState
from tests.service.pages.conftest import AS_SCRIPTS_DO, Browse
from tests.sweeps.booked import BookedSweep

EVIL = "<img src=x onerror=alert(1)>"


def live(browser: httpx.Client, sweep_id: int, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = browser.get(f"/sweeps/{sweep_id}/live", params=query, headers=AS_SCRIPTS_DO).json()
    return found


def numbers(html: str) -> list[int]:
    return [int(one) for one in re.findall(r'id="trial-(\d+)"', html)]


def test_the_page_shows_how_the_sweep_stands(browser: httpx.Client, booked: BookedSweep, ledger: Ledger) -> None:
    ledger.shelf.change(booked.id, {"labels": ["paper"], "note": EVIL})
    text = browser.get(f"/sweeps/{booked.id}").text
    for shown in ("The search is running", "3 of 8 trials", "by <a", ">admin</a>", ">paper</a>", "compare:"):
        assert shown in text
    assert 'aria-label="bp: 2 completed, 2 waiting"' in text
    assert 'aria-label="danp: 1 pruned, 1 running, 2 waiting"' in text
    assert f'href="/sweeps/{booked.id}/trials/2" title="Trial 2">0.7<' in text, "the best that has completed"
    assert numbers(text) == [3, 2, 1, 0]
    assert browser.get(f"/sweeps/{booked.id}/trials.csv").text.count("\n") == 5
    assert EVIL not in text
    assert "&lt;img" in text


def test_only_what_has_changed_is_sent_again(browser: httpx.Client, booked: BookedSweep, ledger: Ledger) -> None:
    written = re.findall(r'data-part="(\w+)" data-tag="(\w+)"', browser.get(f"/sweeps/{booked.id}").text)
    first = live(browser, booked.id)
    assert {name: part["tag"] for name, part in first["parts"].items()} == dict(written)
    known = [part["tag"] for part in first["parts"].values()]
    again = live(browser, booked.id, known=known)
    assert (again["parts"], again["measured"], again["is_final"]) == ({}, first["measured"], False)
    booked.epochs("search", 3, 0, upto=2, above=1)
    assert live(browser, booked.id, known=known)["measured"] != first["measured"], "an epoch is no event"
    ledger.shelf.change(booked.id, {"note": "looked at"})
    changed = live(browser, booked.id, known=known)
    assert (set(changed["parts"]), changed["fields"]["note"]) == ({"head", "events"}, "looked at")
    booked.end(SweepState.FAILED)
    ended = live(browser, booked.id, known=known)
    assert (ended["is_final"], "stop" in ended["why_not"], "resume" in ended["why_not"]) == (True, True, False)


def test_the_table_of_trials_is_filtered_sorted_searched_and_paged(browser: httpx.Client, booked: BookedSweep) -> None:
    own = f"/sweeps/{booked.id}"
    for query, found in (
        ({"arm": "bp", "state": "", "contains": ""}, [2, 0]),
        ({"state": "pruned"}, [1]),
        ({"sort": "-value"}, [1, 2, 0]),
        ({"contains": "0.125"}, [0]),
        ({"contains": "3"}, [3]),
        ({"contains": "%"}, []),
    ):
        page = browser.get(own, params=query)
        assert (query, numbers(page.text)) == (query, found)
    assert "No trial fits" in page.text
    assert browser.get(own, params={"arm": "unknown"}).status_code == 422
    for number in range(4, PAGE + 4):
        booked.trial(number)
    first = browser.get(own, params={"arm": "", "sort": "number"})
    later = first.text.partition('id="next-page" href="')[2].partition("#")[0].replace("&amp;", "&")
    assert "29 trials" in first.text
    assert (len(numbers(first.text)), numbers(browser.get(later).text)) == (PAGE, [25, 26, 27, 28])
    moved = live(browser, booked.id, sort="number")["parts"]["trials"]["html"]
    assert f'href="{own}?cursor=' in moved, "an address of the page"


def test_curves_of_a_large_sweep_are_a_sample_with_the_best_and_what_trains(ledger: Ledger) -> None:
    booked = BookedSweep(ledger, training={"epochs": 100, "batch_size": 50}, budget={"trials": 200})
    for number in range(150):
        booked.trial(number, value=0.9 if number == 77 else 0.5, epochs=2)
    booked.trial(150, epochs=100, seeds=(0, 1))
    booked.trial(151, TrialState.RUNNING, value=None, epochs=5)
    drawn = drawn_curves(ledger, ledger.sweeps.get(booked.id))
    roles = {curve.trial: curve.role for curve in drawn.curves}
    assert (roles[77], roles[151], drawn.trials) == ("best", "training", 152)
    assert len(drawn.curves) <= MOST_TRIALS + 4
    assert all(len(curve.points) <= MOST_POINTS + 2 for curve in drawn.curves)
    (best,) = [curve for curve in drawn.curves if curve.trial == 77]
    assert [epoch for epoch, _ in best.points] == [1, 2]
    only = drawn_curves(ledger, ledger.sweeps.get(booked.id), ["danp"])
    assert {curve.arm for curve in only.curves} == {1}


def test_each_standing_has_its_own_words(browser: httpx.Client, token: str, ledger: Ledger) -> None:
    lost = BookedSweep(ledger, owner=ledger.accounts.caller(token))
    sweep = ledger.sweeps.get(lost.id)
    queued = ledger.sweeps.post(sweep.team_id, sweep.user_id, sweep.spec).id
    text = browser.get(f"/sweeps/{queued}").text
    assert ("It waits: " in text, "No trials yet" in text) == (True, True)
    assert "Its lanes are starting" in browser.get(f"/sweeps/{lost.id}").text
    lost.trial(0, TrialState.FAILED, value=None)
    lost.trial(1, TrialState.DIVERGED, value=None)
    assert "No trial has completed so far: 1 failed and 1 diverged" in browser.get(f"/sweeps/{lost.id}").text
    ledger.sweeps.move(lost.id, SweepState.FAILED, f"its lanes died of {EVIL}")
    failed = browser.get(f"/sweeps/{lost.id}").text
    assert ("its lanes died of &lt;img" in failed, "Resume it when the cause is gone" in failed) == (True, True)


def test_lanes_are_shown_with_what_they_train_and_what_they_had(
    browser: httpx.Client, booked: BookedSweep, ledger: Ledger
) -> None:
    assert "No lane has had a network yet" in browser.get(f"/sweeps/{booked.id}").text
    booked.stint(0, lane=0, since=1.0, until=2.0)
    booked.stint(3, lane=0, since=2.0, until=None)
    booked.stint(1, lane=1, since=2.0, until=3.0)
    rows = live(browser, booked.id)["parts"]["lanes"]["html"].split("<tr>")[2:]
    cells = [re.sub(r"<[^>]*>", " ", row).split() for row in rows]
    assert (cells[0], cells[1][:4]) == (["lane-0", "1", "2", "3"], ["lane-1", "0", "1", "idle"])
    booked.attempt = ledger.sweeps.start_attempt(booked.id)
    assert "lane-0" not in browser.get(f"/sweeps/{booked.id}").text, "those of an earlier attempt are gone"


def test_a_completed_sweep_shows_what_it_measured_on_the_test_split(
    browser: httpx.Client, booked: BookedSweep, ledger: Ledger
) -> None:
    booked.end_trial(3, TrialState.COMPLETED, 0.2)
    for number in range(4, 8):
        booked.trial(number, value=0.1)
    booked.confirmed(2, [0.90, 0.92, 0.94])
    booked.confirmed(3, [0.50, 0.50, None])
    booked.end(SweepState.CONFIRMING)
    report = build_report(ledger, booked.id).model_dump(mode="json")
    ledger.sweeps.end(booked.id, SweepState.COMPLETED, report=report)
    text = browser.get(f"/sweeps/{booked.id}").text
    for shown in ("0.9200 ± 0.0200 (3)", "0.5000 ± 0.0000 (2)", "6 of 6 networks", "Read the report"):
        assert shown in text


def test_the_log_is_read_from_its_end_and_then_from_where_it_was(
    browser: httpx.Client, booked: BookedSweep, settings: ServiceSettings
) -> None:
    folder = settings.storage / "logs" / str(booked.id) / "1"
    folder.mkdir(parents=True)
    (folder / "driver.log").write_text("".join(f"2026-11-01T12:00:0{n}.000Z INFO entry {n}\n" for n in range(5)))
    last = browser.get(f"/sweeps/{booked.id}/logs", params={"tail": 2}).json()
    assert [one["text"] for one in last["items"]] == ["INFO entry 3", "INFO entry 4"]
    (folder / "lane-0.log").write_text("2026-11-01T12:00:09.000Z INFO of a lane\n")
    later = browser.get(f"/sweeps/{booked.id}/logs", params={"cursor": last["position"]}).json()
    assert [one["source"] for one in later["items"]] == ["lane-0"]


def test_who_may_not_change_it_has_no_buttons_and_who_is_of_another_team_no_page(
    browse: Browse, booked: BookedSweep, ledger: Ledger
) -> None:
    own = f"/sweeps/{booked.id}"
    viewer = browse(ledger.users.add(1, "vera", Role.VIEWER)[1].secret)
    assert "data-action=" not in viewer.get(own).text
    assert viewer.post(f"{own}/stop").status_code == 403
    foreign = browse(ledger.accounts.add_team("others", "eve"))
    for address in ("", "/live", "/curves", "/logs", "/trials.csv"):
        assert foreign.get(own + address).status_code == 404
        assert browse(None).get(own + address, headers=AS_SCRIPTS_DO).status_code == 401
    for button in ("stop", "pause", "resume", "retry", "extend", "lanes", "priority", "change", "enqueue", "delete"):
        assert foreign.post(f"{own}/{button}", data={"trials": "9"}).status_code == 404
    assert ledger.sweeps.get(booked.id).state is SweepState.RUNNING
