"""How a team meets its quotas and turns over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from service.control.reconciler import Reconciler
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.states import SweepState
from tests.service.conftest import Document, small_spec
from tests.service.memory_cluster import MemoryCluster

Post = Callable[[Document], int]


@pytest.fixture
def quota(settings: ServiceSettings) -> Callable[..., None]:
    """Sets the default team's."""

    def set_to(**values: float) -> None:
        engine = create_engine(settings.ledger_url)
        with engine.begin() as connection:
            for name, value in values.items():
                connection.execute(text(f"UPDATE teams SET {name} = :value WHERE id = 1"), {"value": value})
        engine.dispose()

    return set_to


def shown(api: httpx.Client, sweep: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/v1/sweeps/{sweep}").json()
    return found


def test_a_sweep_that_waits_says_why(api: httpx.Client, post: Post) -> None:
    first, second = post(small_spec()), post(small_spec())
    assert shown(api, first)["why_pending"] is None
    assert shown(api, second)["why_pending"] == (
        "as many sweeps train as the service runs at once (1): sweep 1; position 1 in the queue"
    )


def test_a_quota_of_lanes_names_who_uses_it(
    api: httpx.Client,
    post: Post,
    ledger: Ledger,
    cluster: MemoryCluster,
    settings: ServiceSettings,
    quota: Callable[..., None],
) -> None:
    quota(max_lanes=2)
    settings.max_running_sweeps = 5
    first, second = post(small_spec() | {"lanes": 2}), post(small_spec() | {"lanes": 1})
    Reconciler(ledger, cluster, settings).tick()
    assert cluster.submissions == [f"npsweep-{first}-1"]
    assert cluster.entrypoints[f"npsweep-{first}-1"].endswith("--most-lanes 2")
    assert shown(api, second)["why_pending"] == (
        f"its team's quota of 2 lanes is in use by sweep {first}; position 1 in the queue"
    )
    larger = api.post(f"/api/v1/sweeps/{first}/lanes", json={"lanes": 3})
    assert (larger.status_code, larger.json()["type"]) == (409, "urn:npsweep:problem:quota-used-up")


def test_more_lanes_than_a_team_may_have_are_refused_before_anything_is_stored(
    api: httpx.Client, quota: Callable[..., None]
) -> None:
    quota(max_lanes=2)
    for path in ("/api/v1/sweeps", "/api/v1/sweeps/validate"):
        answer = api.post(path, json=small_spec() | {"lanes": 3})
        assert (answer.status_code, answer.json()["detail"]) == (
            409,
            "lanes: 3 is above your team's quota of 2; ask for at most 2, or auto",
        )
    assert api.get("/api/v1/sweeps").json()["items"] == []


def test_a_full_queue_refuses_another_sweep(api: httpx.Client, post: Post, quota: Callable[..., None]) -> None:
    quota(max_queued=1)
    post(small_spec())
    answer = api.post("/api/v1/sweeps", json=small_spec())
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:npsweep:problem:quota-used-up")


def test_an_operator_lets_a_sweep_pass_others_and_nobody_else_does(
    api: httpx.Client, post: Post, ledger: Ledger, address: str
) -> None:
    first, second = post(small_spec()), post(small_spec())
    moved = api.post(f"/api/v1/sweeps/{second}/priority", json={"priority": 5})
    assert (moved.status_code, moved.json()["priority"], moved.json()["why_pending"]) == (202, 5, None)
    assert "position 1" in shown(api, first)["why_pending"]
    headers = {"Authorization": f"Bearer {ledger.accounts.add_team('red', 'rosa')}"}
    with httpx.Client(base_url=address, headers=headers) as red:
        assert red.post("/api/v1/sweeps?priority=1", json=small_spec()).status_code == 403
        mine = red.post("/api/v1/sweeps?priority=-1", json=small_spec()).json()
        assert mine["priority"] == -1
        assert red.post(f"/api/v1/sweeps/{mine['id']}/priority", json={"priority": 1}).status_code == 403
        assert red.post(f"/api/v1/sweeps/{first}/priority", json={"priority": 0}).status_code == 404


def test_a_sweep_gives_way_to_a_higher_priority_and_comes_back(
    post: Post, ledger: Ledger, cluster: MemoryCluster, settings: ServiceSettings
) -> None:
    settings.preemption = True
    reconciler = Reconciler(ledger, cluster, settings)
    low = post(small_spec())
    reconciler.tick()
    ledger.sweeps.move(low, SweepState.RUNNING)
    high = post(small_spec())
    ledger.precedence.prioritise(high, 5)
    reconciler.tick()
    assert ledger.sweeps.get(low).state is SweepState.PAUSING
    ledger.sweeps.move(low, SweepState.PAUSED)
    reconciler.tick()
    assert [ledger.sweeps.get(one).state for one in (low, high)] == [SweepState.QUEUED, SweepState.STARTING]
    ledger.sweeps.end(high, SweepState.FAILED, "for the test")
    reconciler.tick()
    assert (ledger.sweeps.get(low).state, ledger.sweeps.get(low).attempt) == (SweepState.STARTING, 2)


def test_a_team_without_hours_trains_no_more_until_it_has_some(
    post: Post, ledger: Ledger, cluster: MemoryCluster, settings: ServiceSettings, quota: Callable[..., None]
) -> None:
    sweep = post(small_spec())
    Reconciler(ledger, cluster, settings).tick()
    ledger.sweeps.move(sweep, SweepState.RUNNING)
    quota(max_device_hours=0.0)
    Reconciler(ledger, cluster, settings).tick()
    record = ledger.sweeps.get(sweep)
    assert (record.state, record.reason) == (
        SweepState.PAUSING,
        "its team has used up the device hours of this month; it goes on by itself when there are more",
    )
