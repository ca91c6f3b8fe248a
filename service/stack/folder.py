"""The data folder: everything that one embedded stack keeps, readable by its owner alone."""

import fcntl
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

FOLDERS = {"mlflow", "storage", "datasets", "run", "logs"}
DEMO = "demo"
"""Where `npsweep demo` keeps a data folder of its own."""
LONGEST_SOCKET_FOLDER = 40
"""Ray's sockets lie some 65 characters below its folder, and a socket's path may have 107."""


class FolderInUse(Exception):
    """Another supervisor holds this data folder."""


class NotADataFolder(Exception):
    """What is at the path belongs to somebody else; the message says what to do."""


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
        """Makes what is missing; nobody else may read it. Raises NotADataFolder, and then changes nothing."""
        if self.root.exists() and not self._is_ours():
            raise NotADataFolder(
                f"{self.root} holds other things than npsweep's data and is left alone; "
                "choose a new or an empty folder with --data-dir"
            )
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        for name in FOLDERS:
            (self.root / name).mkdir(mode=0o700, exist_ok=True)

    def _is_ours(self) -> bool:
        """Whether it has a ledger or all our folders, or nothing else than some of them and a demo's."""
        if not self.root.is_dir():
            return False
        names = {entry.name for entry in self.root.iterdir()}
        return "ledger.db" in names or names >= FOLDERS or names - {DEMO} <= FOLDERS

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
