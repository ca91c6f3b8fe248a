"""`npsweep tokens`: list, create, revoke."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType

from service.cli.connection import DATA_FOLDER, connected
from service.cli.formatting import ago
from service.cli.options import AsJson, DataDir, Token, Url, app, note, out, print_all, say
from service.cli.people import user_named
from service.cli.tables import table
from sweeps.roles import Scope

if TYPE_CHECKING:
    from service.answers.account_views import TokenView

tokens_app = typer.Typer(help="List, create and revoke API tokens.", no_args_is_help=True)
app.add_typer(tokens_app, name="tokens")

OfUser = Annotated[str | None, typer.Option("--user", help="Of this user of your team, for an admin.")]


@tokens_app.command("list")
def list_tokens(
    user: OfUser = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="The whole team's, for an admin.")] = False,
    ended: Annotated[bool, typer.Option("--ended", help="Also revoked and expired ones.")] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """List your tokens, newest first. Their secrets are shown nowhere."""
    with connected(url, token, data_dir) as client:
        owner = user_named(client, user).id if user else None
        found = list(client.tokens(owner, everyone, ended))
    print_all(found) if as_json else out().print(_table(found))


@tokens_app.command()
def create(
    name: Annotated[str, typer.Argument(help="Where it will be used.")],
    scope: Annotated[Scope, typer.Option(help="How much of your role it carries.")] = Scope.WRITE,
    days: Annotated[int | None, typer.Option(help="Days until it expires; without, it does not.", min=1)] = None,
    expires: Annotated[str | None, typer.Option(help="When it expires, ISO 8601, in place of --days.")] = None,
    user: OfUser = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Make a token and print its secret, this once."""
    with connected(url, token, data_dir) as client:
        owner = user_named(client, user).id if user else None
        made = client.create_token(name, scope, days, expires, owner)
    if as_json:
        print(made.model_dump_json())
        return
    note(f"token {made.id} {made.name!r} of {made.user}, scope {made.scope}{_until(made)}; it is shown this once:")
    print(made.token)


@tokens_app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(help="The token's id, as `npsweep tokens list` shows it.", min=1)],
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """End a token at once and for good."""
    with connected(url, token, data_dir) as client:
        ended = client.revoke_token(token_id)
    print(ended.model_dump_json()) if as_json else say(f"token {ended.id} {ended.name!r} of {ended.user} is revoked")


def _table(tokens: Iterable["TokenView"]) -> RenderableType:
    rows = table("id", "name", "user", "scope", "begins with", "made", "last used", "end")
    for one in tokens:
        state = "revoked" if one.revoked_at else _until(one).lstrip(", ")
        used = ago(one.last_used_at) if one.last_used_at else "never"
        rows.add_row(
            *(str(one.id), one.name, one.user, one.scope, f"{one.hint}…" if one.hint else "-", ago(one.created_at)),
            *(used, state),
        )
    return rows


def _until(token: "TokenView") -> str:
    ends = token.expires_at
    if ends is None:
        return ""
    return f", {'expired' if ends < datetime.now(ends.tzinfo) else 'until'} {ends:%Y-%m-%d %H:%M} UTC"
