"""Which service the command line talks to: options, then environment, then a profile, then the stack of the local data
folder. A token goes only to the address that it was given or stored for."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from service.cli.homes import check_home
from service.cli.profiles import DEFAULT, Profile, load_profiles

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


class Choice(NamedTuple):
    """What was said before the command, or beside it, about the service to talk to."""

    name: str | None = None
    """The profile."""
    by_option: bool = False
    """Whether it was named on the command line, where it goes before the environment."""
    url: str | None = None
    token: str | None = None


_choice: ContextVar[Choice] = ContextVar("choice", default=Choice())  # noqa: B039 - a tuple cannot change


def choose(choice: Choice) -> None:
    """Says which service the command that follows talks to."""
    _choice.set(choice)


def choose_profile(name: str) -> None:
    """The command line names it, beside the command."""
    _choice.set(_choice.get()._replace(name=name, by_option=True))


def asked(url: str | None, token: str | None) -> tuple[str | None, str | None]:
    """Address and token: those beside the command, else those before it, else those of the environment."""
    before = _choice.get()
    return (
        _unless_from("NPSWEEP_URL", url) or before.url or url,
        _unless_from("NPSWEEP_TOKEN", token) or before.token or token,
    )


def chosen_profile() -> str | None:
    """The profile that was named; None where none was."""
    return _choice.get().name


def find_service(url: str | None, token: str | None, folder: Path) -> Address:
    """Raises NotConnected where neither options, environment, profiles nor the data folder say where the service is,
    TokenOfAnother where the environment's token would go to a service that it is not for."""
    address = _found(*asked(url, token), folder)
    check_home(address.url, address.token, local_service(folder))
    return address


def _found(url: str | None, token: str | None, folder: Path) -> Address:
    if _choice.get().by_option:
        url, token = _unless_from("NPSWEEP_URL", url), _unless_from("NPSWEEP_TOKEN", token)
    url = url.rstrip("/") if url else None
    if url and token:
        return Address(url, token)
    for known_url, known_token in _known(folder):
        if url in (None, known_url) and (token or known_token):
            return Address(known_url, token or known_token or "")
        url = url or known_url
    if url is None:
        raise NotConnected(
            f"no service is running on {folder}; start it with `npsweep up`, or name its folder with --data-dir or "
            "NPSWEEP_DATA_DIR, or its address with --url or NPSWEEP_URL, or log in to it with `npsweep login`"
        )
    if token is None:
        raise NotConnected(
            f"there is no token for {url}; give one with --token or NPSWEEP_TOKEN, or keep it with `npsweep login`"
        )
    return Address(url, token)


@contextmanager
def connected(url: str | None, token: str | None, folder: Path) -> Iterator["Client"]:
    """A client for the service."""
    from service.client import Client

    address = find_service(url, token, folder)
    try:
        client = Client(address.url, address.token)
    except ValueError as error:
        raise NotConnected(str(error)) from None
    with client:
        yield client


def _unless_from(variable: str, value: str | None) -> str | None:
    return None if value == os.environ.get(variable) else value


def _known(folder: Path) -> Iterator[tuple[str, str | None]]:
    """The services that are known without options, each with its token: the profile's, then the local one."""
    profile = _profile(folder)
    if profile is not None:
        yield profile.url, profile.token
    yield from local_service(folder)


def _profile(folder: Path) -> Profile | None:
    """The profile that was named, or else the default one, which somebody who names a data folder does not mean."""
    name = chosen_profile()
    if name is None:
        return load_profiles().get(DEFAULT) if folder == DATA_FOLDER else None
    profiles = load_profiles()
    if name not in profiles:
        there = f"there are {', '.join(profiles)}" if profiles else "there are none"
        raise NotConnected(f"there is no profile {name!r}, {there}; make it with `npsweep login --profile {name}`")
    return profiles[name]


def local_service(folder: Path) -> Iterator[tuple[str, str | None]]:
    """The one of the data folder with its token, where there is one."""
    local = _local_url(folder)
    if local is not None:
        yield local, _local_token(folder)


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
