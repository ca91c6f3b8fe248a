"""Profiles: the services that one has logged in to, in a file that only its owner can read."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typer

from service.stack.folder import write_secret

DEFAULT = "default"
"""The profile that is used where none is named."""


class UnreadableProfiles(Exception):
    """The file is damaged or not ours; the message says what to do."""


@dataclass(frozen=True)
class Profile:
    """One service and who we are there."""

    url: str
    token: str = field(repr=False)


def profiles_file() -> Path:
    """In the platform's place for settings: $XDG_CONFIG_HOME or ~/.config on Linux."""
    return Path(typer.get_app_dir("npsweep")) / "profiles.json"


def load_profiles() -> dict[str, Profile]:
    """All profiles by name. Raises UnreadableProfiles."""
    file = profiles_file()
    try:
        return {name: Profile(one["url"], one["token"]) for name, one in json.loads(file.read_text()).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableProfiles(
            f"{file} cannot be read ({type(error).__name__}); put it right, or remove it and log in anew"
        ) from error


def save_profiles(profiles: dict[str, Profile]) -> Path:
    """Writes all of them, readable by their owner alone; returns where."""
    file = profiles_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_secret(file, json.dumps({name: asdict(one) for name, one in sorted(profiles.items())}, indent=2) + "\n")
    return file


def profile_names() -> list[str]:
    """For a shell that completes one; none where the file cannot be read."""
    try:
        return list(load_profiles())
    except UnreadableProfiles:
        return []
