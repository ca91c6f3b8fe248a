"""`npsweep admin-token`: the way in where there is no admin token yet, or all are lost, for whoever can open the ledger
itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.connection import DATA_FOLDER
from service.cli.options import DataDir, app, note

if TYPE_CHECKING:
    from service.stack.folder import DataFolder
    from sweeps.ledger import Ledger

NAME = "recovered"


class NotRecovered(Exception):
    """No token was made; the message says what to do."""


@app.command("admin-token")
def admin_token(
    team: Annotated[str, typer.Option(help="The team's name.")] = "default",
    user: Annotated[str | None, typer.Option(help="One of its admins; without, the first.")] = None,
    ledger_url: Annotated[
        str | None,
        typer.Option(help="The ledger of a shared deployment, in place of a data folder.", envvar="NPSWEEP_LEDGER_URL"),
    ] = None,
    data_dir: DataDir = DATA_FOLDER,
) -> None:
    """Make a token for a team's admin where all are lost, or the first one: where the ledger is, without a token."""
    from service.stack.folder import open_folder

    folder = open_folder(data_dir)
    if ledger_url is None and not (folder.root / "ledger.db").exists():
        raise NotRecovered(
            f"there is no ledger in {folder.root}; run this on the machine of the service, and name its folder with "
            "--data-dir, or its database with --ledger-url or NPSWEEP_LEDGER_URL"
        )
    with _opened(ledger_url or folder.ledger_url) as ledger:
        secret = _recovered(ledger, team, user)
        is_kept = ledger_url is None and _keep(ledger, folder, secret)
    kept = f", and kept in {folder.token}, where none was valid" if is_kept else ""
    note(f"an admin token of team {team}, shown this once{kept}; revoke the lost ones with `npsweep tokens revoke ID`:")
    print(secret)


@contextmanager
def _opened(url: str) -> Iterator["Ledger"]:
    from sweeps.ledger import Ledger
    from sweeps.ledger.errors import LedgerError

    ledger = Ledger(url)
    try:
        ledger.migrate()
        yield ledger
    except LedgerError as error:
        raise NotRecovered(f"the ledger cannot be used: {error}") from error
    finally:
        ledger.close()


def _recovered(ledger: "Ledger", team: str, user: str | None) -> str:
    from service.layers.audit import RECOVERY

    try:
        secret = ledger.accounts.first_admin() or ledger.accounts.recover(team, user, NAME)
    except LookupError as error:
        raise NotRecovered(str(error)) from error
    caller = ledger.accounts.caller(secret)
    assert caller is not None
    ledger.audit.add(caller, RECOVERY, f"/api/v1/tokens/{caller.token_id}", 201, "-", {"name": (None, NAME)})
    return secret


def _keep(ledger: "Ledger", folder: "DataFolder", secret: str) -> bool:
    """In the place where this machine's commands look, unless a valid one stands there."""
    from service.stack.folder import write_secret

    kept = folder.token.read_text().strip() if folder.token.exists() else ""
    if kept and ledger.accounts.caller(kept) is not None:
        return False
    folder.token.parent.mkdir(mode=0o700, exist_ok=True)
    write_secret(folder.token, secret)
    return True
