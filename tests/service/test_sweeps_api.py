"""The API as a client meets it."""

from collections.abc import Callable

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord, TrialRecord
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.states import SweepState, TrialState
from tests.service.conftest import Document
from tests.service.memory_cluster import MemoryCluster

Post = Callable[[Document], int]
FAR = 10**30


def trial(sweep_id: int, number: int, state: TrialState, value: float | None = None) -> TrialRecord:
    return TrialRecord(
        sweep_id=sweep_id,
        number=number,
        arm=number % 2,
        arm_number=number // 2,
        state=state,
        configuration={"learning_rate": 0.01},
        value=value,
        spread=None,
        epoch=1,
        reason=None,
        attempt=1,
        created_at=1.0,
        started_at=2.0,
        finished_at=3.0 if state.is_final else None,
        device_seconds=0.5,
        tracking_id="abc" if number == 0 else None,
    )


def with_trials(ledger: Ledger, sweep_id: int) -> None:
    """Four trials, with one network each, two of which completed."""
    attempt = ledger.sweeps.start_attempt(sweep_id)
    ledger.sweeps.move(sweep_id, SweepState.RUNNING)
    states = [TrialState.COMPLETED, TrialState.PRUNED, TrialState.COMPLETED, TrialState.RUNNING]
    trials = {n: trial(sweep_id, n, state, [0.8, 0.5, 0.9, None][n]) for n, state in enumerate(states)}
    member = MemberRecord(sweep_id, "search", 0, 7, TrialState.COMPLETED, 1, {"loss": None}, 0, None, 0.5)
    epochs = [NewEpoch("search", 0, 7, epoch, {"loss": None, "accuracy": 0.5}) for epoch in (1, 2)]
    ledger.trials.book(sweep_id, attempt, Batch(trials, {("search", 0, 7): member}, epochs))


def test_a_posted_sweep_is_queued_and_found_at_its_location(api: httpx.Client, spec: Document) -> None:
    answer = api.post("/api/v1/sweeps", json=spec)
    assert answer.status_code == 202
    shown = api.get(answer.headers["Location"]).json()
    assert shown == answer.json()
    assert (shown["state"], shown["name"], shown["metric"]) == ("queued", "small", "validation_accuracy")
    assert [arm["name"] for arm in shown["arms"]] == ["bp", "danp"]
    assert shown["created_at"].endswith("Z")


def test_validation_returns_the_resolved_specification_and_its_plan_and_stores_nothing(
    api: httpx.Client, spec: Document, ledger: Ledger, cluster: MemoryCluster
) -> None:
    answer = api.post("/api/v1/sweeps/validate", json=spec)
    assert answer.status_code == 200
    resolved, plan = answer.json()["spec"], answer.json()["plan"]
    assert set(resolved["compare"][1]["space"]) == {"learning_rate", "noise_scale", "decorrelation_rate"}
    assert api.post("/api/v1/sweeps/validate", json=resolved).json() == answer.json()
    assert (plan["trials"], plan["networks"], plan["epochs"], plan["lanes"]) == (6, 12, 24, 2)
    assert plan["wall_seconds"] == pytest.approx(plan["start_seconds"] + plan["device_seconds"] / 2)
    cluster.unreachable = True
    unknown = api.post("/api/v1/sweeps/validate", json=spec).json()["plan"]
    assert (unknown["lanes"], unknown["wall_seconds"], unknown["networks"]) == (None, None, 12)
    assert ledger.lists.sweeps(team_id=1) == []


def test_lists_go_on_from_the_cursor(api: httpx.Client, spec: Document, post: Post) -> None:
    ids = [post(spec) for _ in range(5)]
    first = api.get("/api/v1/sweeps", params={"limit": 3}).json()
    second = api.get("/api/v1/sweeps", params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None


def test_progress_is_counted_by_arm(api: httpx.Client, spec: Document, post: Post, ledger: Ledger) -> None:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    bp, danp = api.get(f"/api/v1/sweeps/{sweep_id}").json()["arms"]
    assert (bp["completed"], bp["waiting"], bp["done"]) == (2, 1, 2)
    assert (bp["best_value"], bp["best_trial"]) == (0.9, 2)
    assert (danp["pruned"], danp["running"], danp["waiting"], danp["best_value"]) == (1, 1, 1, None)


def test_device_seconds_of_a_sweep_are_in_its_arms_in_the_list_and_in_the_teams_usage(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    shown = api.get(f"/api/v1/sweeps/{sweep_id}").json()
    assert (shown["device_seconds"], [arm["device_seconds"] for arm in shown["arms"]]) == (0.5, [0.5, 0.0])
    (listed,) = api.get("/api/v1/sweeps").json()["items"]
    assert listed["device_seconds"] == 0.5
    usage = api.get("/api/v1/usage").json()
    assert (usage["team"], usage["sweeps"], usage["networks"], usage["device_seconds"]) == ("default", 1, 1, 0.5)
    assert usage["users"] == [{"user": "admin", "sweeps": 1, "networks": 1, "device_seconds": 0.5}]
    later = api.get("/api/v1/usage", params={"since": "2990-01-01"}).json()
    assert (later["sweeps"], later["device_seconds"], later["since"]) == (0, 0.0, "2990-01-01T00:00:00Z")
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve')}"}
    assert api.get("/api/v1/usage", headers=foreign).json()["device_seconds"] == 0.0
    assert api.get("/api/v1/usage", params={"since": "yesterday"}).status_code == 422


def test_trials_are_listed_by_arm_and_state(api: httpx.Client, spec: Document, post: Post, ledger: Ledger) -> None:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    address = f"/api/v1/sweeps/{sweep_id}/trials"
    page = api.get(address, params={"limit": 3}).json()
    assert [one["number"] for one in page["items"]] == [0, 1, 2]
    rest = api.get(address, params={"limit": 3, "cursor": page["next"]}).json()
    assert ([one["number"] for one in rest["items"]], rest["next"]) == ([3], None)
    assert [one["number"] for one in api.get(address, params={"arm": "bp"}).json()["items"]] == [0, 2]
    assert [one["number"] for one in api.get(address, params={"state": "pruned"}).json()["items"]] == [1]
    assert page["items"][0]["tracking"].endswith("/#/runs/abc")


def test_a_trial_shows_its_networks_and_what_they_measured(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    with_trials(ledger, sweep_id)
    shown = api.get(f"/api/v1/sweeps/{sweep_id}/trials/0").json()
    assert [member["seed"] for member in shown["members"]] == [7]
    assert [epoch["epoch"] for epoch in shown["members"][0]["epochs"]] == [1, 2]
    assert shown["members"][0]["epochs"][0]["metrics"] == {"loss": None, "accuracy": 0.5}


@pytest.mark.parametrize("path", ["", "/trials", "/trials/0", "/report", "/events"])
def test_another_teams_sweep_is_not_there(
    path: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve')}"}
    answer = api.get(f"/api/v1/sweeps/{sweep_id}{path}", headers=foreign)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:npsweep:problem:no-such-sweep")


def test_another_team_can_neither_list_nor_stop_it(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve')}"}
    assert api.get("/api/v1/sweeps", headers=foreign).json()["items"] == []
    assert api.post(f"/api/v1/sweeps/{sweep_id}/stop", headers=foreign).status_code == 404
    assert ledger.sweeps.get(sweep_id).state is SweepState.QUEUED


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic abc", "Bearer", "Bearer nps_ä"])
def test_without_a_valid_token_there_is_only_401(header: str | None, address: str) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    with httpx.Client(base_url=address) as client:
        for path in ("/api/v1/sweeps", "/api/v1/sweeps/1", "/api/v1/rules", "/api/v1/sweeps/1/events"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["status"]) == (401, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_viewer_sees_but_does_not_change(api: httpx.Client, spec: Document, ledger: Ledger) -> None:
    viewer = {"Authorization": f"Bearer {ledger.accounts.add_team('readers', 'vera', 'viewer')}"}
    assert api.get("/api/v1/sweeps", headers=viewer).status_code == 200
    assert api.post("/api/v1/sweeps/validate", json=spec, headers=viewer).status_code == 200
    answer = api.post("/api/v1/sweeps", json=spec, headers=viewer)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:npsweep:problem:not-allowed")


@pytest.mark.parametrize(
    "path",
    [
        f"/sweeps/{FAR}",
        f"/sweeps/{2**63}",
        f"/sweeps/{FAR}/events",
        f"/sweeps/1/trials/{FAR}",
        f"/sweeps?cursor={FAR}",
        f"/sweeps/1/trials?cursor={FAR}",
        "/sweeps/x",
        "/sweeps?limit=0",
        "/sweeps/1/trials?state=odd",
        "/sweeps/1/trials?arm=odd",
        "/sweeps/1/report?format=odd",
    ],
)
def test_parameters_out_of_range_are_the_clients_problem(
    path: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    post(spec)
    answer = api.get(f"/api/v1{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_the_biggest_id_is_simply_not_there(api: httpx.Client) -> None:
    assert api.get(f"/api/v1/sweeps/{2**31 - 1}").status_code == 404


def test_a_queued_sweep_stops_at_once_and_stays_stopped(api: httpx.Client, spec: Document, post: Post) -> None:
    sweep_id = post(spec)
    for _ in range(2):
        answer = api.post(f"/api/v1/sweeps/{sweep_id}/stop")
        assert (answer.status_code, answer.json()["state"]) == (202, "stopped")


@pytest.mark.parametrize(
    ("params", "accept", "media"),
    [
        ({"format": "md"}, "*/*", "text/markdown"),
        ({}, "text/csv", "text/csv"),
        ({}, "image/png, text/plain;q=0.9", "text/plain"),
        ({"format": "json"}, "text/csv", "application/json"),
        ({}, "*/*", "application/json"),
    ],
)
def test_a_report_comes_in_the_format_that_was_asked_for(
    params: dict[str, str], accept: str, media: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    answer = api.get(f"/api/v1/sweeps/{post(spec)}/report", params=params, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, media)
    assert "danp" in answer.text


def test_the_catalogue_names_every_rule_and_data_set(api: httpx.Client) -> None:
    rules = {rule["name"]: rule for rule in api.get("/api/v1/rules").json()}
    assert {"bp", "np", "inp", "anp"} <= rules.keys()
    assert rules["anp"]["searchable"] == ["learning_rate", "noise_scale"]
    assert {"digits", "fashion-mnist"} <= {data["name"] for data in api.get("/api/v1/datasets").json()}


def test_unknown_pages_and_methods_are_problems(api: httpx.Client) -> None:
    assert api.get("/api/v1/nothing").json()["type"] == "urn:npsweep:problem:no-such-page"
    answer = api.delete("/api/v1/sweeps")
    assert (answer.status_code, answer.json()["type"]) == (405, "urn:npsweep:problem:method-not-allowed")


def test_every_route_documents_its_problems(api: httpx.Client) -> None:
    document = api.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), (method, path)
            if path.startswith("/api"):
                problem = operation["responses"]["401"]["content"]["application/problem+json"]["schema"]
                assert problem == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in str(document)
    assert {"Problem", "Finding"} <= document["components"]["schemas"].keys()


def test_a_sweep_begins_with_comparable_trials_of_an_earlier_one(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    with_trials(ledger, post(spec))
    sweep_id = post(spec | {"search": {"warm_start": [1]}})
    assert [arm["inherited"] for arm in api.get(f"/api/v1/sweeps/{sweep_id}").json()["arms"]] == [2, 0]
    first = api.get(f"/api/v1/sweeps/{sweep_id}/inherited", params={"limit": 1}).json()
    second = api.get(f"/api/v1/sweeps/{sweep_id}/inherited", params={"cursor": first["next"]}).json()
    found = [(one["arm"], one["source_trial"], one["value"]) for one in first["items"] + second["items"]]
    assert (found, second["next"]) == ([("bp", 0, 0.8), ("bp", 2, 0.9)], None)


@pytest.mark.parametrize("verb", ["", "/validate"])
def test_a_sweep_cannot_begin_with_one_that_the_team_does_not_have(
    verb: str, api: httpx.Client, spec: Document
) -> None:
    answer = api.post(f"/api/v1/sweeps{verb}", json=spec | {"search": {"warm_start": [9]}})
    assert answer.status_code == 422
    finding = answer.json()["errors"][0]
    assert (finding["field"], finding["value"]) == ("search.warm_start", [9])
    assert "there is no sweep 9" in finding["rule"]
