"""The embedded stack, really started: where it listens, who may talk to it, how it survives and how it ends."""

import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from service.stack.folder import DataFolder
from service.stack.remains import session_of
from sweeps.ledger import Ledger
from tests.service.stack_process import Up, living, stack_at

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = stack_at(tmp_path_factory.mktemp("stack") / "data")
    up.start()
    yield up
    if up.process.poll() is None:
        up.interrupt()


def test_every_socket_listens_on_the_loopback(up: Up) -> None:
    ports = up.record.ports
    chosen = {ports.api, ports.mlflow, ports.ray, ports.dashboard, *ports.others}
    deadline = time.monotonic() + 60
    while not chosen <= {address.port for address in listening(up)} and time.monotonic() < deadline:
        time.sleep(0.5)
    found = listening(up)
    assert chosen <= {address.port for address in found}
    assert {address.ip for address in found} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_rays_api_needs_the_token(up: Up) -> None:
    address = f"{up.record.ray_url}/api/jobs/"
    assert httpx.get(address).status_code == 401
    token = up.folder.ray_token.read_text()
    assert httpx.get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_what_it_keeps_is_its_owners_alone(up: Up) -> None:
    assert stat.S_IMODE(up.folder.root.stat().st_mode) == 0o700
    for secret in (up.folder.token, up.folder.ray_token):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_the_admin_token_is_shown_once_and_stored_hashed(up: Up) -> None:
    token = up.folder.token.read_text()
    assert token in up.output.read_text()
    for file in up.folder.root.rglob("*"):
        if file.is_file() and file != up.folder.token:
            assert token.encode() not in file.read_bytes(), file


def test_a_second_up_on_the_same_folder_says_so(up: Up) -> None:
    second = subprocess.run(
        [sys.executable, "-c", "from service.cli import main; main()", "up", "--data-dir", str(up.folder.root)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"npsweep is already up on {up.folder.root} (process {up.process.pid}" in second.stderr
    assert up.process.poll() is None


def test_a_component_that_dies_is_started_again(up: Up) -> None:
    before = up.component("api")
    before.kill()
    before.wait(5)
    deadline = time.monotonic() + 30
    while up.record.components["api"].pid == before.pid and time.monotonic() < deadline:
        time.sleep(0.1)
    up.wait_for_api()
    assert "API was ended by SIGKILL; starting it again" in up.output.read_text()


def test_a_server_that_dies_without_its_workers_is_started_again_on_its_port(up: Up) -> None:
    before = up.component("mlflow")
    workers = [process for process in session_of(before.pid) if process.pid != before.pid]
    assert workers, "which hold the port"
    before.kill()
    before.wait(5)
    deadline = time.monotonic() + 60
    while up.record.components["mlflow"].pid == before.pid and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not living(workers)
    after = up.component("mlflow")
    while not answers(f"{up.record.mlflow_url}/health") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answers(f"{up.record.mlflow_url}/health")
    assert after.is_running()


def test_a_killed_supervisors_stack_is_adopted(up: Up) -> None:
    before = {name: identity.pid for name, identity in up.record.components.items()}
    up.kill()
    seconds = up.start()
    assert {name: identity.pid for name, identity in up.record.components.items()} == before
    assert seconds < 15
    with up.client() as client:
        assert client.readiness().ready


def test_it_runs_again_after_ray_has_died(up: Up) -> None:
    before = up.component("ray")
    before.kill()
    deadline = time.monotonic() + 60
    while up.record.components["ray"].pid == before.pid and time.monotonic() < deadline:
        time.sleep(0.2)
    with up.client() as client:
        while not client.readiness().ready and time.monotonic() < deadline:
            time.sleep(0.5)
        assert client.readiness().ready


def test_ctrl_c_ends_everything_within_ten_seconds(up: Up) -> None:
    sockets = up.record.sockets
    processes = up.processes()
    assert up.interrupt() < 10
    assert not living(processes)
    assert not sockets.exists()
    assert not up.folder.record.exists()
    assert up.process.returncode == 0


def test_another_start_keeps_accounts_and_makes_a_lost_token_file_anew(up: Up) -> None:
    if up.process.poll() is None:
        up.interrupt()
    ledger = Ledger(up.folder.ledger_url)
    assert ledger.accounts.first_admin() is None
    ledger.close()
    up.folder.token.unlink()
    up.start()
    with up.client() as client:
        assert list(client.sweeps()) == []
    up.interrupt()


def overwrite(file: Path) -> None:
    file.write_bytes(b"no database at all" * 1_000)


def make_newer(file: Path) -> None:
    execute(file, "UPDATE npsweep_version SET version_num = '9999'")


def rename_the_admin(file: Path) -> None:
    execute(file, "UPDATE users SET name = 'ada'")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (overwrite, "cannot be read or written (file is not a database)"),
        (make_newer, "was made by another version of npsweep"),
        (rename_the_admin, "there is no user 'admin'"),
    ],
)
def test_a_start_that_fails_says_what_to_do_and_leaves_nothing_running(
    tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    ledger = Ledger(folder.ledger_url)
    ledger.migrate()
    ledger.accounts.first_admin()
    ledger.close()
    damage(folder.root / "ledger.db")
    command = [sys.executable, "-c", "from service.cli import main; main()", "up", "--data-dir", str(folder.root)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert message in ended.stderr
    assert "--data-dir" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not folder.record.exists()
    assert not [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(folder.root)]


def execute(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0).is_success
    except httpx.HTTPError:
        return False


def listening(up: Up) -> list[Any]:
    """The addresses that the stack's processes listen on; every process is asked, as `ss -ltnp` does."""
    return [
        connection.laddr
        for process in living(up.processes())
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
