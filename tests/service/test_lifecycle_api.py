"""Pause, resume, extend, retry over REST: what each state allows, and what it answers otherwise."""

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord
from sweeps.ledger.trials import Batch
from sweeps.states import SweepState, TrialState
from tests.service.conftest import Document
from tests.service.test_sweeps_api import Post, trial, with_trials

VERBS = ["stop", "pause", "resume", "extend", "lanes", "retry"]


def act(api: httpx.Client, sweep_id: int, verb: str, trials: object = 9) -> httpx.Response:
    return api.post(f"/api/v1/sweeps/{sweep_id}/{verb}", json={"trials": trials} if verb == "extend" else None)


def in_state(ledger: Ledger, sweep_id: int, state: SweepState) -> None:
    """Brings a queued sweep there, as the service and its driver would."""
    if state is SweepState.PAUSED:
        ledger.lifecycle.pause(sweep_id)
    elif state is not SweepState.QUEUED:
        ledger.sweeps.start_attempt(sweep_id)
        ledger.sweeps.move(sweep_id, SweepState.RUNNING)
        if state is SweepState.STOPPING:
            ledger.lifecycle.stop(sweep_id)
        elif state is SweepState.PAUSING:
            ledger.lifecycle.pause(sweep_id)
        elif state in (SweepState.STOPPED, SweepState.FAILED):
            ledger.sweeps.move(sweep_id, SweepState.STOPPING)
            ledger.sweeps.end(sweep_id, state)
    assert ledger.sweeps.get(sweep_id).state is state


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("pause", SweepState.QUEUED, "paused"),
        ("pause", SweepState.RUNNING, "pausing"),
        ("pause", SweepState.PAUSED, "paused"),
        ("resume", SweepState.PAUSED, "queued"),
        ("resume", SweepState.STOPPED, "queued"),
        ("resume", SweepState.FAILED, "queued"),
        ("resume", SweepState.RUNNING, "running"),
        ("extend", SweepState.QUEUED, "queued"),
        ("extend", SweepState.RUNNING, "running"),
        ("extend", SweepState.PAUSED, "paused"),
        ("extend", SweepState.STOPPED, "queued"),
        ("stop", SweepState.PAUSED, "stopped"),
        ("stop", SweepState.PAUSING, "stopping"),
    ],
)
def test_a_verb_leads_to_its_state(
    verb: str, before: SweepState, after: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    in_state(ledger, sweep_id, before)
    answer = act(api, sweep_id, verb)
    assert (answer.status_code, answer.json()["state"]) == (202, after), answer.text
    if after == "queued":
        assert (answer.json()["finished_at"], answer.json()["stop_requested_at"]) == (None, None)


@pytest.mark.parametrize(
    ("verb", "state", "words"),
    [
        ("pause", SweepState.STOPPING, "only one that waits or trains"),
        ("pause", SweepState.FAILED, "only one that waits or trains"),
        ("resume", SweepState.PAUSING, "in a few seconds"),
        ("extend", SweepState.STOPPING, "in a few seconds"),
        ("retry", SweepState.RUNNING, "pause it, or let it end"),
        ("retry", SweepState.PAUSED, "no trial of sweep 1 has failed"),
    ],
)
def test_what_a_state_does_not_allow_is_a_conflict_that_says_what_to_do(
    verb: str, state: SweepState, words: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    in_state(ledger, sweep_id, state)
    answer = act(api, sweep_id, verb)
    assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (409, "wrong-state"), answer.text
    assert words in answer.json()["detail"]
    assert ledger.sweeps.get(sweep_id).state is state


@pytest.mark.parametrize(
    ("trials", "status", "words"),
    [
        (3, 409, "has a budget of 3 trials for each arm; 3 is not more"),
        ("many", 422, "trials"),
        (100_001, 422, "at most 100000"),
        (5, 422, "asks 5 of the sampler, but the grid has 4 points"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(
    trials: object, status: int, words: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec | {"search": {"sampler": {"name": "grid", "points": 4}}})
    answer = act(api, sweep_id, "extend", trials)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert ledger.sweeps.get(sweep_id).spec["budget"] == {"trials": 3}


def test_an_extension_is_seen_by_arm_and_told_as_an_event(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    arms = act(api, sweep_id, "extend").json()["arms"]
    assert [(arm["budget"], arm["waiting"]) for arm in arms] == [(9, 9), (9, 9)]
    events = ledger.events.after(sweep_id, 0)
    assert [event.data for event in events if event.kind == "sweep.extended"] == [{"trials": 9, "before": 3}]


def test_a_retry_forgets_the_failure_and_keeps_what_was_completed(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    failed = trial(sweep_id, 4, TrialState.FAILED)
    member = MemberRecord(sweep_id, "search", 4, 7, TrialState.FAILED, 1, None, 3, "it raised", 0.5)
    ledger.trials.book(sweep_id, 1, Batch({4: failed}, {("search", 4, 7): member}))
    ledger.sweeps.end(sweep_id, SweepState.FAILED, "for the test")
    assert act(api, sweep_id, "retry").json()["state"] == "queued"
    states = {one.number: one.state for one in ledger.trials.page(sweep_id)}
    assert states == {
        0: TrialState.COMPLETED,
        1: TrialState.PRUNED,
        2: TrialState.COMPLETED,
        3: TrialState.WAITING,
        4: TrialState.WAITING,
    }
    again = ledger.trials.members(sweep_id, 4)[0]
    assert (again.state, again.epoch, again.failures, again.reason) == (TrialState.WAITING, 0, 0, None)
    assert again.device_seconds == 0.5, "the account keeps what was spent"


@pytest.mark.parametrize("verb", VERBS)
def test_only_members_of_the_team_decide(
    verb: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve')}"}
    answer = api.post(
        f"/api/v1/sweeps/{sweep_id}/{verb}", headers=foreign, json={"lanes": 2} if verb == "lanes" else {"trials": 9}
    )
    assert answer.status_code == 404
    assert ledger.sweeps.get(sweep_id).state is SweepState.QUEUED


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"lanes": 3, "trials_per_lane": 2}, 202, ""),
        ({"lanes": "auto"}, 202, ""),
        ({"lanes": 0}, 422, "lanes"),
        ({"lanes": "many"}, 422, "lanes"),
        ({"lanes": 2, "places": 2}, 422, "places"),
    ],
)
def test_lanes_are_changed_by_a_count_or_auto(
    body: Document, status: int, words: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    answer = api.post(f"/api/v1/sweeps/{post(spec)}/lanes", json=body)
    assert answer.status_code == status, answer.text
    if status == 202:
        changed = answer.json()["spec"]
        assert {"lanes": changed["lanes"], "trials_per_lane": changed["trials_per_lane"]} == {
            "trials_per_lane": "auto",
            **body,
        }
    else:
        assert words in answer.json()["detail"]


def enqueue(api: httpx.Client, sweep_id: int, arm: str, **configuration: object) -> httpx.Response:
    return api.post(f"/api/v1/sweeps/{sweep_id}/enqueue", json={"arm": arm, "configuration": configuration})


def test_an_enqueued_configuration_stands_in_the_specification(api: httpx.Client, spec: Document, post: Post) -> None:
    answer = enqueue(api, post(spec), "danp", learning_rate=2e-3)
    assert answer.status_code == 202, answer.text
    assert answer.json()["spec"]["compare"][1]["enqueued"] == [{"learning_rate": 2e-3}]
    assert [arm["enqueued"] for arm in answer.json()["arms"]] == [0, 1]


@pytest.mark.parametrize(
    ("arm", "configuration", "status", "words"),
    [
        ("danp", {"learning_rate": 7}, 422, "configuration.learning_rate: is 7: it is not between 0.0001 and 0.03"),
        (
            "danp",
            {"speed": 7},
            422,
            "configuration.speed: is not searched in this arm; write some of decorrelation_rate",
        ),
        ("dnp", {"learning_rate": 1e-3}, 422, "there is no arm 'dnp'; this sweep compares bp, danp"),
        ("danp", {}, 422, "configuration: "),
    ],
)
def test_a_configuration_that_no_arm_can_try_is_refused(
    arm: str, configuration: Document, status: int, words: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    answer = enqueue(api, post(spec), arm, **configuration)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


def test_more_than_the_budget_holds_cannot_be_enqueued(api: httpx.Client, spec: Document, post: Post) -> None:
    sweep_id = post(spec)
    answers = [enqueue(api, sweep_id, "bp", learning_rate=1e-3) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 409]
    assert "extend the sweep first" in answers[3].json()["detail"]


def test_an_unknown_field_of_a_verb_is_not_compared_with_a_specification(
    api: httpx.Client, spec: Document, post: Post
) -> None:
    answer = api.post(f"/api/v1/sweeps/{post(spec)}/extend", json={"trials": 9, "lanes": 3})
    (finding,) = answer.json()["errors"]
    assert (finding["field"], finding["remedy"]) == ("lanes", "remove it or correct its spelling")
