"""`npsweep teams`: every team of the service, for operators."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from service.cli.connection import DATA_FOLDER, connected
from service.cli.formatting import number
from service.cli.options import AsJson, DataDir, Token, Url, app, note, out, print_all
from service.cli.people import team_named
from service.cli.tables import table

if TYPE_CHECKING:
    from service.answers.account_views import TeamView

teams_app = typer.Typer(help="Look after all teams, as an operator.", no_args_is_help=True)
app.add_typer(teams_app, name="teams")

Weight = Annotated[float | None, typer.Option(help="Its share beside other teams'; 1 at first.")]
Lanes = Annotated[str | None, typer.Option("--max-lanes", help="Lanes at once, or none for no limit.")]
Queued = Annotated[str | None, typer.Option("--max-queued", help="Sweeps that may wait, or none.")]
Hours = Annotated[str | None, typer.Option("--max-device-hours", help="Device hours a month, or none.")]


@teams_app.command("list")
def list_teams(url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False) -> None:
    """List all teams with their quotas and what they have used this month."""
    with connected(url, token, data_dir) as client:
        found = list(client.teams())
    print_all(found) if as_json else out().print(team_table(found))


@teams_app.command()
def create(
    name: Annotated[str, typer.Argument(help="The team's name.")],
    admin: Annotated[str, typer.Option(help="The name of its first user, who looks after it.")] = "admin",
    weight: Weight = None,
    max_lanes: Lanes = None,
    max_queued: Queued = None,
    max_device_hours: Hours = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Make a team with its first admin, and print their token, this once."""
    quotas = _quotas(weight, max_lanes, max_queued, max_device_hours)
    with connected(url, token, data_dir) as client:
        made = client.add_team(name, admin, quotas)
    if as_json:
        print(made.model_dump_json())
        return
    note(f"team {made.team.name} is there; the first token of its admin {made.user.name} is shown this once:")
    print(made.token.token)


@teams_app.command("set")
def set_quotas(
    name: Annotated[str, typer.Argument(help="The team's name.")],
    weight: Weight = None,
    max_lanes: Lanes = None,
    max_queued: Queued = None,
    max_device_hours: Hours = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Set a team's quotas; those that are left out stay."""
    quotas = _quotas(weight, max_lanes, max_queued, max_device_hours)
    with connected(url, token, data_dir) as client:
        changed = client.change_team(team_named(client, name).id, quotas)
    print(changed.model_dump_json()) if as_json else out().print(team_table([changed]))


def team_table(teams: Iterable["TeamView"]) -> RenderableType:
    """A dash is no limit."""
    rows = table("id", "team", "users", "weight", "max lanes", "max queued", "device hours this month", "of at most")
    for team in teams:
        limits = (team.max_lanes, team.max_queued)
        rows.add_row(
            *(str(team.id), team.name, str(team.users), number(team.weight)),
            *("-" if limit is None else str(limit) for limit in limits),
            *(f"{team.device_hours_this_month:.2f}", number(team.max_device_hours)),
        )
    return rows


def _quotas(weight: float | None, lanes: str | None, queued: str | None, hours: str | None) -> dict[str, Any]:
    given = {"max_lanes": lanes, "max_queued": queued, "max_device_hours": hours}
    limits = {name: _limit(text) for name, text in given.items() if text is not None}
    return limits | ({} if weight is None else {"weight": weight})


def _limit(text: str) -> float | int | None:
    if text == "none":
        return None
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number; give one, or none for no limit") from None
