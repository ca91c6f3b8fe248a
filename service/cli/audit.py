"""`npsweep audit`: who did what."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from service.cli.connection import DATA_FOLDER, connected
from service.cli.options import AsJson, DataDir, Token, Url, app, out, print_all
from service.cli.tables import table

if TYPE_CHECKING:
    from service.answers.account_views import AuditView, ChangeView


@app.command()
def audit(
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
    user: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this operation, such as stop_sweep.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this date or time on, ISO 8601.")] = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Show who did what in your team, newest first, for its admins."""
    with connected(url, token, data_dir) as client:
        found = list(client.audit(limit, user, action, since))
    print_all(found) if as_json else out().print(_table(found))


def _table(entries: Iterable["AuditView"]) -> RenderableType:
    """Tokens and request ids are for programs, and stand in the JSON."""
    rows = table("at (UTC)", "user", "action", "target", "status", "what changed")
    for one in entries:
        rows.add_row(
            *(f"{one.at:%Y-%m-%d %H:%M:%S}", one.user, one.action, Text(one.target), str(one.status)),
            Text(", ".join(_changed(name, change) for name, change in one.changes.items())),
        )
    return rows


def _changed(name: str, change: "ChangeView") -> str:
    if change.before is None:
        return f"{name} {_written(change.after)}"
    return f"{name} {_written(change.before)} → {_written(change.after)}"


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
