"""A sweep's page: what it shows, how it is kept up to date, and what its buttons do."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.pages.sweep_buttons import why_not
from service.pages.sweep_curves import MOST_POINTS, MOST_TRIALS, drawn_curves
from service.pages.sweep_trials import PAGE
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger.errors import WrongState
from sweeps.report import build_report
from sweeps.roles import Role
from sweeps.states import SweepState, TrialState
from tests.service.pages.conftest import Browse
from tests.sweeps.booked import BookedSweep

AS_SCRIPTS_DO = {"Accept": "application/json, text/html"}
EVIL = "<img src=x onerror=alert(1)>"
WAYS: dict[SweepState, tuple[SweepState, ...]] = {
    SweepState.STARTING: (),
    SweepState.RUNNING: (SweepState.RUNNING,),
    SweepState.CONFIRMING: (SweepState.RUNNING, SweepState.CONFIRMING),
    SweepState.PAUSING: (SweepState.RUNNING, SweepState.PAUSING),
    SweepState.PAUSED: (SweepState.RUNNING, SweepState.PAUSING, SweepState.PAUSED),
    SweepState.STOPPING: (SweepState.RUNNING, SweepState.STOPPING),
    SweepState.STOPPED: (SweepState.RUNNING, SweepState.STOPPING, SweepState.STOPPED),
    SweepState.COMPLETED: (SweepState.RUNNING, SweepState.CONFIRMING, SweepState.COMPLETED),
    SweepState.FAILED: (SweepState.FAILED,),
}
"""How a sweep that is starting comes to each state."""


@pytest.fixture
def booked(ledger: Ledger, token: str) -> BookedSweep:
    """The administrator's, of two arms: one trial that trains, two that completed, one that was pruned."""
    sweep = BookedSweep(ledger, owner=ledger.accounts.caller(token))
    sweep.trial(0, value=0.4, learning_rate=0.125)
    sweep.trial(1, TrialState.PRUNED, value=0.9, epochs=2)
    sweep.trial(2, value=0.7)
    sweep.trial(3, TrialState.RUNNING, value=None, epochs=1)
    return sweep


def live(browser: httpx.Client, sweep_id: int, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = browser.get(f"/sweeps/{sweep_id}/live", params=query, headers=AS_SCRIPTS_DO).json()
    return found


def numbers(html: str) -> list[int]:
    return [int(one) for one in re.findall(r'id="trial-(\d+)"', html)]


def test_the_page_shows_how_the_sweep_stands(browser: httpx.Client, booked: BookedSweep, ledger: Ledger) -> None:
    ledger.shelf.change(booked.id, {"labels": ["paper"], "note": EVIL})
    text = browser.get(f"/sweeps/{booked.id}").text
    for shown in ("The search is running", "3 of 8 trials", "by <a", ">admin</a>", ">paper</a>", "Sweep", "compare:"):
        assert shown in text
    assert 'aria-label="bp: 2 completed, 2 waiting"' in text
    assert 'aria-label="danp: 1 pruned, 1 running, 2 waiting"' in text
    assert f'href="/sweeps/{booked.id}/trials/2" title="Trial 2">0.7<' in text, "the best that has completed"
    assert numbers(text) == [3, 2, 1, 0]
    assert browser.get(f"/sweeps/{booked.id}/trials.csv").text.count("\n") == 5
    assert EVIL not in text
    assert "&lt;img" in text


@pytest.mark.parametrize("state", [SweepState.QUEUED, *WAYS])
def test_buttons_apply_where_the_ledger_does_what_they_ask(ledger: Ledger, state: SweepState) -> None:
    acts: dict[str, Callable[[int], object]] = {
        "stop": ledger.lifecycle.stop,
        "pause": ledger.lifecycle.pause,
        "resume": ledger.lifecycle.resume,
        "extend": lambda sweep: ledger.lifecycle.extend(sweep, 40),
        "lanes": lambda sweep: ledger.lifecycle.resize(sweep, 2, "auto"),
        "priority": lambda sweep: ledger.precedence.prioritise(sweep, -1),
        "retry": ledger.lifecycle.retry,
        "delete": ledger.shelf.remove,
        "archive": lambda sweep: ledger.shelf.change(sweep, {"archived": True}),
    }
    for name, act in acts.items():
        sweep = _in_state(ledger, state, team=f"{state} {name}")
        before = ledger.sweeps.get(sweep)
        applies = name not in why_not(before, failed=1)
        try:
            act(sweep)
        except WrongState:
            assert not applies, name
        else:
            assert applies == (name == "delete" or ledger.sweeps.get(sweep) != before), name


def _in_state(ledger: Ledger, state: SweepState, team: str) -> int:
    """With one failed trial, unless it was never begun."""
    booked = BookedSweep(ledger, team=team)
    if state is SweepState.QUEUED:
        sweep = ledger.sweeps.get(booked.id)
        return ledger.sweeps.post(sweep.team_id, sweep.user_id, sweep.spec).id
    booked.trial(0, TrialState.FAILED, value=None)
    if state is SweepState.STARTING:
        ledger.sweeps.start_attempt(booked.id)
    for reached in WAYS[state]:
        ledger.sweeps.move(booked.id, reached)
    assert ledger.sweeps.get(booked.id).state is state
    return booked.id


def test_a_button_does_what_the_apis_operation_does_and_is_recorded_as_it(
    browser: httpx.Client, booked: BookedSweep, ledger: Ledger
) -> None:
    own = f"/sweeps/{booked.id}"
    for button, form in (
        ("pause", {}),
        ("extend", {"trials": "9"}),
        ("lanes", {"lanes": "3", "trials_per_lane": ""}),
        ("priority", {"priority": "-5"}),
        ("enqueue", {"arm": "danp", "configuration": "learning_rate: 3e-3\nnoise_scale: 0.01"}),
        ("change", {"labels": " paper, figure 3 ,", "note": " seen "}),
        ("stop", {}),
    ):
        if button == "lanes":  # it has been pausing
            ledger.sweeps.move(booked.id, SweepState.PAUSED)
        assert browser.post(f"{own}/{button}", data=form).url.path == own
    sweep = ledger.sweeps.get(booked.id)
    assert (sweep.state, sweep.priority, sweep.labels, sweep.note) == ("stopped", -5, ["paper", "figure 3"], "seen")
    assert (sweep.spec["budget"]["trials"], sweep.spec["lanes"], sweep.spec["trials_per_lane"]) == (9, 3, "auto")
    enqueued = sweep.spec["compare"][1]["enqueued"]
    assert enqueued == [{"learning_rate": 0.003, "noise_scale": 0.01}]
    browser.post(f"{own}/change", data={"archived": "true"})
    assert ledger.sweeps.get(booked.id).archived_at is not None
    recorded = [one.action for one in ledger.audit.page(sweep.team_id, 10)][::-1]
    assert recorded[1:5] == ["pause_sweep", "extend_sweep", "change_lanes", "change_priority"]
    assert recorded[5:] == ["enqueue_configuration", "change_sweep", "stop_sweep", "change_sweep"]
    assert browser.post(f"{own}/delete").url.path == "/sweeps"
    assert browser.get(own).status_code == 404


def test_a_refusal_is_said_on_the_page_and_to_its_script(
    browser: httpx.Client, booked: BookedSweep, ledger: Ledger
) -> None:
    own = f"/sweeps/{booked.id}"
    for button, form, status, said in (
        ("resume", {}, 204, ""),
        ("retry", {}, 409, "pause it, or let it end"),
        ("extend", {"trials": "4"}, 409, "4 is not more"),
        ("extend", {"trials": EVIL}, 422, "Trials is no whole number"),
        ("extend", {"trials": "1"}, 422, "Trials must be at least 2"),
        ("priority", {"priority": "500"}, 422, "Priority must be at most 100"),
        ("enqueue", {"arm": "bp", "configuration": "learning_rate: 7e9"}, 422, "is not between 0.0001 and 0.03"),
        ("enqueue", {"arm": "bp", "configuration": "learning_rate: ["}, 422, "Line 1"),
        ("enqueue", {"arm": "none", "configuration": "learning_rate: 1"}, 422, "There is no arm"),
        ("delete", {}, 409, "only one that has ended can be deleted"),
        ("change", {"labels": "a,<b>"}, 422, "Labels[1]"),
        ("change", {"archived": "true"}, 409, "only one that has ended can be archived"),
    ):
        answer = browser.post(f"{own}/{button}", data=form, headers=AS_SCRIPTS_DO)
        assert (button, answer.status_code) == (button, status)
        if said:
            assert said in answer.json()["detail"]
            page = browser.post(f"{own}/{button}", data=form)
            assert (page.status_code, EVIL in page.text) == (status, False)
            assert re.search(rf'role="alert" data-refusal>[^<]*{re.escape(said)}', page.text)
            assert numbers(page.text) == [3, 2, 1, 0]
    assert ledger.sweeps.get(booked.id).state is SweepState.RUNNING


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
