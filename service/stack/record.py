"""What a supervisor writes down of its stack, so that the next one and the command line can find it."""

from pathlib import Path

import psutil
from pydantic import BaseModel, ValidationError

from service.stack.folder import DataFolder, write_secret


class Identity(BaseModel):
    """One process, for good: a pid alone may be used again."""

    pid: int
    created: float

    @staticmethod
    def of(pid: int) -> "Identity":
        return Identity(pid=pid, created=psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """The process if it still lives."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 0.01
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


class Ports(BaseModel):
    """Every port that the stack chose itself."""

    api: int
    mlflow: int
    ray: int
    dashboard: int
    others: list[int]
    """Ray's node manager, object manager, agents, metrics and client server."""


class StackRecord(BaseModel):
    """One stack, from its first start until its orderly end."""

    id: str
    supervisor: Identity
    ports: Ports
    sockets: Path
    """The short folder that Ray needs for its sockets."""
    components: dict[str, Identity] = {}

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.api}"

    @property
    def mlflow_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.mlflow}"

    @property
    def ray_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.dashboard}"

    def save(self, folder: DataFolder) -> None:
        write_secret(folder.record, self.model_dump_json(indent=2))


def load_record(folder: DataFolder) -> StackRecord | None:
    """The stack that runs, or was left behind, in this folder."""
    try:
        return StackRecord.model_validate_json(folder.record.read_text())
    except (FileNotFoundError, ValidationError):
        return None
