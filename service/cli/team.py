"""`npsweep team`: your team, its quotas and its users."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType

from service.cli.connection import DATA_FOLDER, connected
from service.cli.formatting import ago
from service.cli.options import AsJson, DataDir, Token, Url, app, note, out, print_all, say
from service.cli.people import user_named
from service.cli.tables import table
from service.cli.teams import team_table
from sweeps.roles import Role

if TYPE_CHECKING:
    from service.answers.account_views import UserView

team_app = typer.Typer(help="Show your team; look after its users.", invoke_without_command=True)
app.add_typer(team_app, name="team")

Name = Annotated[str, typer.Argument(help="The user's name.")]


@team_app.callback()
def show(
    context: typer.Context,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Show your team's quotas and what it has used this month; look after its users."""
    if context.invoked_subcommand is not None:
        return
    with connected(url, token, data_dir) as client:
        team = client.team()
    print(team.model_dump_json()) if as_json else out().print(team_table([team]))


@team_app.command("users")
def list_users(url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False) -> None:
    """List the team's users."""
    with connected(url, token, data_dir) as client:
        found = list(client.users())
    print_all(found) if as_json else out().print(_table(found))


@team_app.command()
def add_user(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.MEMBER,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let a user join the team, and print their first token, this once."""
    with connected(url, token, data_dir) as client:
        made = client.add_user(name, role)
    if as_json:
        print(made.model_dump_json())
        return
    note(f"{made.user.name} is {made.user.role} of your team; their first token is shown this once:")
    print(made.token.token)


@team_app.command()
def set_role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="What they may do from now on.")],
    operator: Annotated[
        bool | None, typer.Option("--operator/--no-operator", help="Whether they look after all teams; for operators.")
    ] = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Give a user another role."""
    with connected(url, token, data_dir) as client:
        changed = client.change_user(user_named(client, name).id, role, is_operator=operator)
    _show(changed, as_json)


@team_app.command()
def deactivate(
    name: Name, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Refuse all tokens of a user from now on; their sweeps stay and go on."""
    with connected(url, token, data_dir) as client:
        changed = client.change_user(user_named(client, name).id, is_active=False)
    _show(changed, as_json)


@team_app.command()
def reactivate(
    name: Name, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Accept the tokens of a deactivated user again."""
    with connected(url, token, data_dir) as client:
        changed = client.change_user(user_named(client, name).id, is_active=True)
    _show(changed, as_json)


def _show(user: "UserView", as_json: bool) -> None:
    state = (" and an operator" if user.is_operator else "") + ("" if user.is_active else ", deactivated")
    print(user.model_dump_json()) if as_json else say(f"{user.name} is {user.role} of your team{state}")


def _table(users: Iterable["UserView"]) -> RenderableType:
    rows = table("id", "name", "role", "joined", "remarks")
    for user in users:
        remarks = ["operator"] * user.is_operator + ["deactivated"] * (not user.is_active)
        rows.add_row(str(user.id), user.name, user.role, ago(user.created_at), ", ".join(remarks))
    return rows
