"""The data folder: everything that one embedded stack keeps, readable by its owner alone."""

import fcntl
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LONGEST_SOCKET_FOLDER = 40
"""Ray's sockets lie some 65 characters below its folder, and a socket's path may have 107."""


class FolderInUse(Exception):
    """Another supervisor holds this data folder."""


@dataclass(frozen=True)
class DataFolder:
    """Paths inside one data folder."""

    root: Path

    @property
    def ledger_url(self) -> str:
        return f"sqlite:///{self.root / 'ledger.db'}"

    @property
    def mlflow(self) -> Path:
        return self.root / "mlflow"

    @property
    def storage(self) -> Path:
        return self.root / "storage"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def token(self) -> Path:
        """The command line's API token, so that it works on this machine without pasting one."""
        return self.run / "token"

    @property
    def ray_token(self) -> Path:
        return self.run / "ray-token"

    @property
    def record(self) -> Path:
        return self.run / "stack.json"

    def log(self, component: str) -> Path:
        return self.root / "logs" / f"{component}.log"

    def create(self) -> None:
        """Makes what is missing; nobody else may read it."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        for folder in (self.mlflow, self.storage, self.datasets, self.run, self.root / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)

    def lock(self) -> IO[str]:
        """Holds the folder until the file is closed or this process ends. Raises FolderInUse."""
        file = (self.run / "lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise FolderInUse(f"another `npsweep up` holds {self.root}") from error
        return file


def open_folder(path: Path) -> DataFolder:
    """The data folder at `path`, absolute."""
    return DataFolder(path.expanduser().resolve())


def write_secret(path: Path, text: str) -> None:
    """A file that only its owner can read, from its first moment on; replaced whole."""
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(name).replace(path)


def socket_folder() -> Path:
    """A new private folder with a path short enough for Ray's sockets."""
    parent = tempfile.gettempdir()
    if len(parent) + len("/nps-12345678") > LONGEST_SOCKET_FOLDER:
        parent = "/tmp"  # noqa: S108 - mkdtemp makes the folder private; only a short path will do
    return Path(tempfile.mkdtemp(prefix="nps-", dir=parent))
