"""A real PostgreSQL server on loopback, which tests and benchmarks may kill and start again.

The programs come from Debian's package postgresql; the data is a temporary folder that `remove` deletes.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

PROGRAMS = Path("/usr/lib/postgresql")
START_SECONDS = 120.0
USER = "npsweep"
ACCOUNT = "postgres"
"""The system's account that the server runs as where we are root: it refuses to be root itself."""


def programs() -> Path | None:
    """The folder of the newest PostgreSQL that is installed; None where there is none."""
    found = [folder / "bin" for folder in PROGRAMS.glob("*") if (folder / "bin" / "initdb").exists()]
    return max(found, key=lambda folder: float(folder.parent.name), default=None)


class PostgresqlServer:
    """One server, by default down. Its settings are PostgreSQL's own: what was committed survives kill -9."""

    def __init__(self) -> None:
        """Makes an empty cluster. Raises FileNotFoundError where PostgreSQL is not installed."""
        folder = programs()
        if folder is None:
            raise FileNotFoundError(f"no PostgreSQL under {PROGRAMS}: apt-get install postgresql")
        self._programs = folder
        self._folder = Path(tempfile.mkdtemp(prefix="npsweep-postgresql-"))
        self._password = secrets.token_urlsafe(16)
        self._names = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._make_cluster()

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of a database, with the password."""
        return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self._port}/{database}"

    def database(self) -> str:
        """Makes an empty database; returns its URL."""
        name = f"test_{next(self._names)}"
        with self._connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def schema(self) -> str:
        """Makes an empty schema, which to whoever opens its URL is all there is; costs less than a database."""
        name = f"test_{next(self._names)}"
        with self._connect() as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return f"{self.url('postgres')}?options=-csearch_path%3D{name}"

    @property
    def process_id(self) -> int | None:
        """The server's, which leads its process group; None while it is down."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns when it answers. Nothing happens where it is up. Raises TimeoutError with its log."""
        deadline = time.monotonic() + START_SECONDS
        while self._process is None or not self._answers():
            if self._process is None or self._process.poll() is not None:  # a killed one's memory is not free at once
                self._launch()
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(self._log.read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """An orderly end, in which connections are cut; nothing happens where it is down."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
            self._process = None

    def kill(self) -> None:
        """kill -9 of the server and every process of it; nothing happens where it is down."""
        if self._process is not None:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(START_SECONDS)
            self._process = None

    def remove(self) -> None:
        """Kills it and deletes its data."""
        self.kill()
        shutil.rmtree(self._folder)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _make_cluster(self) -> None:
        word = self._folder / "password"
        word.write_text(self._password)
        if os.geteuid() == 0:
            for path in (self._folder, word):
                shutil.chown(path, ACCOUNT)
        command = ["initdb", "--username", USER, "--pwfile", str(word), "--auth", "scram-sha-256", "--encoding", "UTF8"]
        command += ["--locale", "C.UTF-8", "--no-sync", "--pgdata", str(self._folder / "data")]
        subprocess.run(self._as_account(command), check=True, capture_output=True, cwd=self._folder)

    def _launch(self) -> None:
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={self._port}", "-c", "unix_socket_directories="]
        command = self._as_account(["postgres", "-D", str(self._folder / "data"), *options])
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, start_new_session=True)

    def _as_account(self, command: Sequence[str]) -> list[str]:
        program = [str(self._programs / command[0]), *command[1:]]
        if os.geteuid() != 0:
            return program
        account = pwd.getpwnam(ACCOUNT)
        return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *program]

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self._port,
            user=USER,
            password=self._password,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )
