"""Where a token of the environment belongs: whoever names another address once must not send it there unawares."""

import os
from collections.abc import Iterable
from urllib.parse import urlsplit

from service.cli.profiles import UnreadableProfiles, load_profiles

HERE = ("localhost", "::1", "127.0.0.1")


class TokenOfAnother(Exception):
    """The token of the environment is another service's; the message says what to do."""


def check_home(url: str, token: str, known: Iterable[tuple[str, str | None]]) -> None:
    """Raises TokenOfAnother where `token` is NPSWEEP_TOKEN and belongs to another service than the one at `url`.

    It belongs to NPSWEEP_URL, and to where it is kept: in a profile, or among the services `known` with their tokens.
    One of which nothing is known goes wherever it is sent.
    """
    if token != os.environ.get("NPSWEEP_TOKEN"):
        return
    named = os.environ.get("NPSWEEP_URL")
    homes = [*([named] if named else []), *(address for address, kept in [*_profiles(), *known] if kept == token)]
    if homes and _origin(url) not in map(_origin, homes):
        raise TokenOfAnother(
            f"NPSWEEP_TOKEN is the token of {homes[0]}, so it is not sent to {url}; give that service's own with "
            f"--token, or keep it with `npsweep login --url {url} --token TOKEN --profile NAME`"
        )


def _profiles() -> list[tuple[str, str]]:
    try:
        return [(profile.url, profile.token) for profile in load_profiles().values()]
    except UnreadableProfiles:
        return []


def _origin(url: str) -> tuple[str, str, int | None]:
    """What decides who hears a request: scheme, host and port; this machine by any of its own names."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, HERE[0] if host in HERE else host, port
