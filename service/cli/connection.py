"""Which service the command line talks to: options, then environment, then the stack of the local data folder."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.client import Client

DATA_FOLDER = Path(".npsweep")


class NotConnected(Exception):
    """There is no service to talk to, or it does not let us in; the message says what to do."""


@dataclass(frozen=True)
class Address:
    """Where the service is and who we are."""

    url: str
    token: str


def find_service(url: str | None, token: str | None, folder: Path) -> Address:
    """Raises NotConnected where neither options nor the data folder say where the service is."""
    found_url = url or _local_url(folder)
    if found_url is None:
        raise NotConnected(
            f"no service is running on {folder}; start it with `npsweep up`, or name its folder "
            "with --data-dir or NPSWEEP_DATA_DIR, or its address with --url or NPSWEEP_URL"
        )
    found_token = token or (_local_token(folder) if url is None or url == _local_url(folder) else None)
    if found_token is None:
        raise NotConnected(f"there is no token for {found_url}; give one with --token or NPSWEEP_TOKEN")
    return Address(found_url.rstrip("/"), found_token)


@contextmanager
def connected(url: str | None, token: str | None, folder: Path) -> Iterator["Client"]:
    """A client for the service."""
    from service.client import Client

    address = find_service(url, token, folder)
    with Client(address.url, address.token) as client:
        yield client


def _local_url(folder: Path) -> str | None:
    try:
        record = json.loads((folder / "run" / "stack.json").read_text())
        return f"http://127.0.0.1:{record['ports']['api']}"
    except (OSError, ValueError, KeyError):
        return None


def _local_token(folder: Path) -> str | None:
    try:
        return (folder / "run" / "token").read_text().strip() or None
    except OSError:
        return None
