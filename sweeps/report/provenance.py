"""What the running program is made of: versions and commit."""

import os
import platform
import shutil
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sweeps.report.models import Provenance

PACKAGES = ("npsweep", "torch", "numpy", "ray", "optuna", "mlflow")
SOURCES = Path(__file__).parents[2]


@cache
def provenance() -> Provenance:
    """Found once a process."""
    packages = {name: found for name in PACKAGES if (found := _version(name)) is not None}
    return Provenance(python=platform.python_version(), packages=packages, commit=_commit())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """From `NPSWEEP_COMMIT` (an image says it there), else from git where the program runs from a checkout."""
    stated = os.environ.get("NPSWEEP_COMMIT")
    git = shutil.which("git")
    if stated or git is None or not (SOURCES / ".git").exists():
        return stated or None
    command = [git, "-C", str(SOURCES), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - no input
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
