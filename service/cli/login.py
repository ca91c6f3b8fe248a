"""Logging in to a service for good, and who one is there."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.connection import DATA_FOLDER, asked, chosen_profile, connected, local_service
from service.cli.homes import check_home
from service.cli.options import AsJson, DataDir, Token, Url, app, out, say
from service.cli.profiles import DEFAULT, Profile, load_profiles, save_profiles
from service.cli.tables import table

if TYPE_CHECKING:
    from service.answers.account_views import MeView

USUAL = "http://127.0.0.1:8800"
"""Where `npsweep up` serves."""

ProfileName = Annotated[str | None, typer.Option("--profile", help="What to call it; default: default.")]


@app.command()
def login(profile: ProfileName = None, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Check a token and keep it, so that commands find the service without options."""
    from service.client import Client

    address, secret = _asked_for(*asked(url, token))
    if not address.startswith(("http://", "https://")):
        raise typer.BadParameter(f"the address is {address!r}; begin with https:// or http://")
    if not secret:
        raise typer.BadParameter("there is no token; give one with --token, NPSWEEP_TOKEN or through a pipe")
    if not secret.isascii():
        raise typer.BadParameter("a token has ASCII characters only; copy it once more")
    check_home(address, secret, local_service(DATA_FOLDER))
    with Client(address, secret) as client:
        me = client.me()
    name = profile or chosen_profile() or DEFAULT
    file = save_profiles(load_profiles() | {name: Profile(address, secret)})
    if as_json:
        print(me.model_dump_json())
        return
    say(f"logged in to {address} as {_who(me)}; kept as profile {name!r} in {file}")


@app.command()
def logout(
    name: Annotated[str | None, typer.Argument(help="The profile.", show_default=False)] = None,
    profile: ProfileName = None,
) -> None:
    """Forget a profile. Its token stays valid: `npsweep tokens revoke` ends it."""
    name = name or profile or chosen_profile() or DEFAULT
    profiles = load_profiles()
    if name not in profiles:
        there = f"there are {', '.join(profiles)}" if profiles else "there are none"
        raise typer.BadParameter(f"there is no profile {name!r}; {there}")
    save_profiles({one: kept for one, kept in profiles.items() if one != name})
    say(f"forgot profile {name!r}")


@app.command()
def profiles(as_json: AsJson = False) -> None:
    """List the services that are kept, without their tokens."""
    found, used = load_profiles(), chosen_profile() or DEFAULT
    if as_json:
        print(json.dumps([{"name": name, "url": one.url, "is_used": name == used} for name, one in found.items()]))
        return
    if not found:
        say("no profiles yet; make one with `npsweep login`")
        return
    rows = table("profile", "address", "used here")
    for name, one in found.items():
        rows.add_row(name, one.url, "yes" if name == used else "-")
    out().print(rows)


@app.command()
def whoami(url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False) -> None:
    """Say who you are to the service, and what your token may do."""
    with connected(url, token, data_dir) as client:
        me = client.me()
    if as_json:
        print(me.model_dump_json())
        return
    ends = f", until {me.token.expires_at:%Y-%m-%d %H:%M} UTC" if me.token.expires_at else ""
    say(f"{_who(me)}, with token {me.token.id} {me.token.name!r} of scope {me.token.scope}{ends}")


def _asked_for(url: str | None, token: str | None) -> tuple[str, str]:
    """Address and token; what is missing is asked for, or read from a pipe: the address, where it is not the usual one,
    and the token, each on a line."""
    if token is None and not sys.stdin.isatty():
        *first, token = sys.stdin.read().split() or [""]
        url = url or next(iter(first), USUAL)
    url = url or str(typer.prompt("Address of the service", default=USUAL))
    token = token if token is not None else str(typer.prompt("API token (not shown)", hide_input=True))
    return url.rstrip("/"), token.strip()


def _who(me: "MeView") -> str:
    return f"{me.user} ({'operator and ' if me.is_operator else ''}{me.role} of team {me.team})"
