"""Where a sweep's logs are: `logs/<sweep>/<attempt>/<source>.log` in the storage."""

from pathlib import Path

DRIVER, COORDINATOR = "driver", "coordinator"


def lane(number: int) -> str:
    """The source that a lane is."""
    return f"lane-{number}"


def folder(root: Path, sweep_id: int) -> Path:
    """`root`: the storage."""
    return root / "logs" / str(sweep_id)


def file(root: Path, sweep_id: int, attempt: int, source: str) -> Path:
    return folder(root, sweep_id) / str(attempt) / f"{source}.log"
