"""`reconcile` as a person meets it: over REST, by the client, and on the command line, with a real MLflow behind it."""

import json
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from service.app import create_app
from service.client import Client
from service.settings import ServiceSettings
from sweeps.difference import Kind
from sweeps.ledger import Ledger
from sweeps.member import MemberKey
from sweeps.report import build_report
from sweeps.states import SweepState
from sweeps.storage import Storage
from sweeps.tracking.entries import group
from sweeps.tracking.follower import Follower
from sweeps.tracking.memory import MemoryTracker
from sweeps.tracking.tracker import NewRun
from tests.service.conftest import Document
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster
from tests.service.test_cli import Run, file, run
from tests.sweeps.mlflow_server import MlflowServer
from tests.sweeps.running import Desk
from tests.sweeps.test_tracking_process import TrackingProcess, is_told, start, wait_until

__all__ = ["file", "run", "start"]  # fixtures of other modules

LONG_AGO = 1_000.0


@pytest.fixture
def tracking(ledger: Ledger, settings: ServiceSettings) -> Iterator[MemoryTracker]:
    """The tracking process as a thread, with a tracker in memory."""
    tracker, stop = MemoryTracker(), threading.Event()
    following = Follower(ledger, lambda: tracker, Storage(settings.storage), stop)
    thread = threading.Thread(target=following.run)
    thread.start()
    yield tracker
    stop.set()
    thread.join()


def test_a_comparison_is_asked_for_and_found_at_its_location(
    api: httpx.Client, spec: Document, post: Callable[[Document], int]
) -> None:
    sweep_id = post(spec)
    answer = api.post(f"/api/v1/sweeps/{sweep_id}/reconcile")
    assert (answer.status_code, answer.json()["state"], answer.json()["mend"]) == (202, "waiting", False)
    assert api.get(answer.headers["Location"]).json() == answer.json()
    assert api.post(f"/api/v1/sweeps/{sweep_id}/reconcile", json={"mend": "yes"}).status_code == 422
    missing = api.get(f"/api/v1/sweeps/{sweep_id}/reconciliations/{10**6}")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:npsweep:problem:no-such-reconciliation")


def test_another_team_sees_none_of_it_and_a_viewer_cannot_ask(
    api: httpx.Client, spec: Document, post: Callable[[Document], int], ledger: Ledger
) -> None:
    sweep_id = post(spec)
    number = api.post(f"/api/v1/sweeps/{sweep_id}/reconcile").json()["number"]
    foreign = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve')}"}
    viewer = {"Authorization": f"Bearer {ledger.accounts.add_team('readers', 'vera', 'viewer')}"}
    assert api.get(f"/api/v1/sweeps/{sweep_id}/reconciliations/{number}", headers=foreign).status_code == 404
    assert api.post(f"/api/v1/sweeps/{sweep_id}/reconcile", headers=foreign).status_code == 404
    assert api.post(f"/api/v1/sweeps/{sweep_id}/reconcile", headers=viewer).status_code == 403


def test_the_command_line_says_differences_and_whether_any_is_left(
    run: Run, file: Path, tracking: MemoryTracker, ledger: Ledger
) -> None:
    run("submit", file)
    run("stop", 1)
    wait_until(lambda: is_told(ledger), lambda: "the sweep is told")
    code, out, _ = run("reconcile", 1)
    assert (code, "ledger, MLflow and storage agree" in out) == (0, True)
    (run_id,) = tracking._runs
    tracking.remove_run(run_id)
    code, out, _ = run("reconcile", 1)
    assert (code, "it has no run in MLflow" in out, "`npsweep reconcile 1 --mend`" in out) == (1, True, True)
    code, out, _ = run("reconcile", 1, "--mend")
    assert (code, "all mended" in out) == (0, True)
    code, out, _ = run("reconcile", 1, "--mend", "--json")
    assert (code, '"total":0' in out) == (0, True)


def test_without_a_tracker_it_says_what_is_missing(run: Run, file: Path) -> None:
    run("submit", file)
    code, out, _ = run("reconcile", 1, "--wait", 0)
    assert (code, "python -m sweeps.tracking" in out) == (1, True)


@pytest.mark.stack
def test_whatever_is_damaged_behind_a_finished_sweep_is_reported_mended_and_then_gone(
    tmp_path: Path, mlflow_server: MlflowServer, start: Callable[[], TrackingProcess], cluster: MemoryCluster
) -> None:
    desk = Desk(tmp_path)
    sweep_id = desk.post(replicates=2)
    desk.run(sweep_id)
    report = build_report(desk.ledger, sweep_id, SweepState.COMPLETED).model_dump(mode="json")
    assert desk.ledger.sweeps.end(sweep_id, SweepState.COMPLETED, None, 1, report)
    process = start()
    wait_until(lambda: is_told(desk.ledger), process.log)
    settings = ServiceSettings(
        ledger_url=f"sqlite:///{tmp_path / 'ledger.db'}",
        storage=tmp_path / "storage",
        datasets=tmp_path,
        tracking_url=mlflow_server.url,
        reconciler_interval=3600.0,
    )
    token = desk.ledger.accounts.new_token("admin", "test")
    with served(lambda closing: create_app(settings, cluster, closing)) as address, Client(address, token) as client:
        agreed = client.reconcile(sweep_id)
        assert (agreed.state, agreed.differences) == ("done", []), process.log()
        damage(desk, sweep_id, mlflow_server)
        found = client.reconcile(sweep_id)
        kinds = Counter(difference.kind for difference in found.differences)
        assert kinds == Counter(
            [
                Kind.RUN_MISSING,
                Kind.RUN_TWICE,
                Kind.METRICS,
                Kind.METRICS,
                Kind.PARAMETERS,
                Kind.STATE,
                Kind.ARTIFACTS,
                Kind.CHECKPOINT_LEFT,
                Kind.NETWORK_MISSING,
            ]
        ), found.differences
        mended = client.reconcile(sweep_id, mend=True)
        assert (mended.state, mended.total, mended.left) == ("done", found.total, 0), mended.problem
        for mend in (False, True):
            after = client.reconcile(sweep_id, mend)
            assert (after.state, after.differences) == ("done", [])


def damage(desk: Desk, sweep_id: int, server: MlflowServer) -> None:
    """A run deleted, another doubled, metrics removed and changed, a parameter changed, an end undone, files lost."""
    tracker, sweep = server.tracker(), desk.ledger.sweeps.get(sweep_id)
    known = desk.ledger.outbox.trial_runs(sweep_id)
    tracker.remove_run(known[0])
    experiment = tracker.open_experiment(f"default/{sweep.name}")
    tracker.create_run(experiment, NewRun(group(sweep), "trial-1", "bp trial 1", "admin", 1.0, sweep.tracking_id))
    own = sweep.tracking_id or ""
    with sqlite3.connect(server.database, timeout=30) as database:
        database.execute("DELETE FROM metrics WHERE run_uuid = ? AND key = 'train_loss' AND step = 2", (known[1],))
        database.execute(
            "UPDATE metrics SET value = 0.5 WHERE run_uuid = ? AND key = 'train_loss' AND step = 3", (known[2],)
        )
        database.execute(
            "UPDATE params SET value = '7' WHERE run_uuid = ? AND key = 'training.batch_size'", (known[3],)
        )
        database.execute("UPDATE runs SET status = 'RUNNING' WHERE run_uuid = ?", (known[3],))
        (uri,) = database.execute("SELECT artifact_uri FROM runs WHERE run_uuid = ?", (own,)).fetchone()
    artifacts = server.database.parent / "artifacts" / uri.split("mlflow-artifacts:/", 1)[1]
    (artifacts / "report.md").unlink()
    member = MemberKey("search", 0, 0)
    desk.storage.save_checkpoint(sweep_id, member, {}, {})
    checkpoint = desk.folder / "storage" / "checkpoints" / str(sweep_id) / f"{member}.safetensors"
    os.utime(checkpoint, (LONG_AGO, LONG_AGO))
    lost = desk.storage.network_folder(sweep_id, kept_network(artifacts))
    assert lost is not None
    (lost / "network.json").unlink()


def kept_network(artifacts: Path) -> MemberKey:
    """The network that MLflow has a copy of."""
    described = json.loads(next((artifacts / "networks").rglob("network.json")).read_text())
    return MemberKey("confirmation", described["trial"], described["seed"])
