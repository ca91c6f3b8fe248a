"""Clone, label, note, archive, delete over REST."""

from typing import Any

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.states import SweepState
from tests.service.conftest import Document
from tests.service.test_sweeps_api import Post, with_trials

SHARED: Document = {"space": {"learning_rate": {"kind": "float", "low": 1e-3, "high": 1e-1, "log": True}}}


def clone(api: httpx.Client, sweep_id: int, **body: Any) -> httpx.Response:
    return api.post(f"/api/v1/sweeps/{sweep_id}/clone", json=body)


def change(api: httpx.Client, sweep_id: int, **remarks: Any) -> httpx.Response:
    return api.patch(f"/api/v1/sweeps/{sweep_id}", json=remarks)


def delete(api: httpx.Client, sweep_id: int, **params: Any) -> httpx.Response:
    return api.delete(f"/api/v1/sweeps/{sweep_id}", params=params)


def ended(ledger: Ledger, sweep_id: int) -> int:
    with_trials(ledger, sweep_id)
    ledger.sweeps.end(sweep_id, SweepState.FAILED)
    return sweep_id


def test_a_clone_without_changes_has_the_same_specification(api: httpx.Client, spec: Document, post: Post) -> None:
    first = post(spec | {"search": SHARED})
    answer = clone(api, first, labels=["again"], note="with luck")
    assert answer.status_code == 202, answer.text
    found = api.get(answer.headers["Location"]).json()
    assert found["spec"] == api.get(f"/api/v1/sweeps/{first}").json()["spec"]
    assert (found["id"], found["state"], found["labels"], found["note"]) == (
        first + 1,
        "queued",
        ["again"],
        "with luck",
    )


def test_one_trial_is_cloned_alone(api: httpx.Client, ledger: Ledger, spec: Document, post: Post) -> None:
    first = ended(ledger, post(spec))
    found = clone(api, first, trial=2, changes={"confirmation": {"seeds": 4}}).json()["spec"]
    assert [(arm["name"], arm["enqueued"]) for arm in found["compare"]] == [("bp", [{"learning_rate": 0.01}])]
    assert (found["name"], found["budget"]["trials"], found["confirmation"]["seeds"]) == ("small trial 2", 1, 4)
    assert clone(api, first, trial=99).status_code == 404


def test_a_change_is_merged_and_reaches_the_arms_that_share_it(api: httpx.Client, spec: Document, post: Post) -> None:
    own = {"rule": "np", "space": {"learning_rate": {"kind": "float", "low": 0.5, "high": 0.6}}}
    first = post(spec | {"search": SHARED, "compare": [*spec["compare"], own]})
    changes = {"budget": {"trials": 5}, "search": {"space": {"learning_rate": {"low": 1e-2}}}, "notes": None}
    found = clone(api, first, changes=changes).json()["spec"]
    assert found["budget"] == {"trials": 5}
    lows = [arm["space"]["learning_rate"]["low"] for arm in found["compare"]]
    assert lows == [1e-2, 1e-2, 0.5], "what an arm had of its own stays"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"budget": {"trials": 0}}, "budget.trials", "must be at least 1"),
        ({"bugdet": {"trials": 4}}, "bugdet", "did you mean 'budget'?"),
        ({"budget": None}, "budget", "is required"),
        ({"search": {"warm_start": [99]}}, "search.warm_start", "there is no sweep 99"),
        ({"compare": [{"rule": "bq"}]}, "compare[0].rule", "'bq' is none of"),
        (
            {"search": {"space": {"speed": {"kind": "int", "low": 1, "high": 2}}}},
            "search.space.speed",
            "does not exist",
        ),
    ],
)
def test_a_clone_that_cannot_run_is_refused_with_the_field(
    changes: Document, field: str, words: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    answer = clone(api, post(spec), changes=changes)
    assert answer.status_code == 422, answer.text
    finding = answer.json()["errors"][0]
    assert finding["field"] == field
    assert words in f"{finding['rule']}; {finding['remedy']}"
    assert len(ledger.lists.sweeps(1)) == 1


def test_changes_that_nest_without_end_are_refused(api: httpx.Client, spec: Document, post: Post) -> None:
    deep: Document = {}
    for _ in range(300):
        deep = {"search": deep}
    answer = clone(api, post(spec), changes=deep)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "changes")


@pytest.mark.parametrize(
    "changes",
    [
        r'{"\ud800": 1}',
        r'{"name": "\ud800"}',
        r'{"notes": "\u0000"}',
        '{"seed": NaN}',
        '{"seed": 1e999}',
        '{"seed": %s}' % ("9" * 5_000),
        '{"search": {"space": {"learning_rate": []}}}',
        '{"search": []}',
        '{"compare": {"a": 1}}',
        '{"compare": [{"rule": {"name": "anp", "name ": {}}}]}',
    ],
)
def test_whatever_is_changed_is_understood_or_refused(
    changes: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    body = f'{{"changes": {changes}}}'
    headers = {"Content-Type": "application/json"}
    answer = api.post(f"/api/v1/sweeps/{post(spec)}/clone", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize("remarks", [r'{"note": "\ud800"}', r'{"labels": ["\ud800"]}', '{"note": 1}', "[]", "null"])
def test_remarks_that_no_database_holds_are_refused(
    remarks: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.patch(f"/api/v1/sweeps/{post(spec)}", content=remarks, headers=headers)
    assert answer.status_code == 422, answer.text


def test_labels_and_notes_are_kept_changed_and_removed(api: httpx.Client, spec: Document, post: Post) -> None:
    sweep_id = post(spec)
    assert change(api, sweep_id, labels=["paper", "figure 3", "paper"], note="σ too small?").status_code == 200
    shown = api.get("/api/v1/sweeps").json()["items"][0]
    assert (shown["labels"], shown["note"]) == (["paper", "figure 3"], "σ too small?")
    shown = change(api, sweep_id, note=None).json()
    assert (shown["labels"], shown["note"]) == (["paper", "figure 3"], None)
    assert change(api, sweep_id, labels=[]).json()["labels"] == []


@pytest.mark.parametrize(
    ("remarks", "field"),
    [
        ({"labels": ["a,b"]}, "labels[0]"),
        ({"labels": [f"label {n}" for n in range(21)]}, "labels"),
        ({"note": "x" * 10_001}, "note"),
        ({"archived": "yes"}, "archived"),
        ({"state": "queued"}, "state"),
    ],
)
def test_what_no_sweep_can_keep_is_refused(
    remarks: Document, field: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    answer = change(api, post(spec), **remarks)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


def test_an_archived_sweep_is_hidden_from_the_list_alone(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    old, new = ended(ledger, post(spec)), post(spec)
    refused = change(api, new, archived=True)
    assert (refused.status_code, "stop it first" in refused.json()["detail"]) == (409, True)
    assert change(api, old, archived=True).json()["archived_at"] is not None

    def listed(archived: bool) -> list[int]:
        return [one["id"] for one in api.get("/api/v1/sweeps", params={"archived": archived}).json()["items"]]

    assert (listed(False), listed(True)) == ([new], [old])
    assert len(api.get(f"/api/v1/sweeps/{old}/trials").json()["items"]) == 4
    assert change(api, old, archived=False).json()["archived_at"] is None
    change(api, old, archived=True)
    api.post(f"/api/v1/sweeps/{old}/resume")
    assert listed(False) == [new, old], "a sweep that goes on is in no archive"


def test_a_deleted_sweep_is_gone_and_what_it_used_stays_in_the_account(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    refused = delete(api, sweep_id)
    assert (refused.status_code, refused.json()["type"].rsplit(":")[-1]) == (409, "wrong-state")
    ledger.sweeps.end(sweep_id, SweepState.FAILED)
    used = api.get("/api/v1/usage").json()
    assert used["device_seconds"] > 0
    answer = delete(api, sweep_id)
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(f"/api/v1/sweeps/{sweep_id}").status_code == 404
    assert delete(api, sweep_id).status_code == 404
    assert api.get("/api/v1/usage").json() == used


def test_a_sweep_that_began_with_a_deleted_ones_trials_keeps_its_copies(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    first = ended(ledger, post(spec))
    second = post(spec | {"search": {"warm_start": [first]}})
    before = api.get(f"/api/v1/sweeps/{second}/inherited").json()["items"]
    assert delete(api, first).status_code == 204
    assert api.get(f"/api/v1/sweeps/{second}/inherited").json()["items"] == before != []


@pytest.mark.parametrize("role", ["stranger", "viewer"])
def test_only_members_of_the_team_change_and_delete(
    role: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = ended(ledger, post(spec))
    if role == "stranger":
        token, status = ledger.accounts.add_team("others", "eve"), 404
    else:
        token, status = ledger.accounts.add_team("viewers", "vic", role="viewer"), 403
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/sweeps/{sweep_id}"
    answers = [
        api.post(f"{path}/clone", json={}, headers=headers),
        api.patch(path, json={"note": "mine"}, headers=headers),
        api.delete(path, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert ledger.sweeps.get(sweep_id).note is None
