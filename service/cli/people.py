"""People by the names that they have in their team."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from service.answers.account_views import TeamView, UserView
    from service.client import Client


def user_named(client: "Client", name: str) -> "UserView":
    """The team's user of this name. Raises BadParameter where there is none."""
    for user in client.users(name):
        return user
    raise typer.BadParameter(f"there is no user {name!r} in your team; `npsweep team users` lists them")


def team_named(client: "Client", name: str) -> "TeamView":
    """The team of this name. Raises BadParameter where there is none."""
    for team in client.teams(name):
        return team
    raise typer.BadParameter(f"there is no team {name!r}; `npsweep teams list` lists them")
