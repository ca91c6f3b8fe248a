"""The buttons of a sweep's page: they apply where the ledger does what they ask, and act as the API does."""

import re
from collections.abc import Callable

import httpx
import pytest

from service.pages.sweep_buttons import why_not
from sweeps.ledger import Ledger
from sweeps.ledger.errors import WrongState
from sweeps.states import SweepState, TrialState
from tests.service.pages.conftest import AS_SCRIPTS_DO
from tests.sweeps.booked import BookedSweep

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
            assert 'id="trial-3"' in page.text, "the whole page"
    assert ledger.sweeps.get(booked.id).state is SweepState.RUNNING
