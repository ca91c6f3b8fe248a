"""What the commands share: the application, the options that most of them take, and how they print."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from pydantic import BaseModel

    from service.answers.views import SweepView

app = typer.Typer(
    name="npsweep",
    help="Hyperparameter sweeps of node-perturbation learning. Start the service with `npsweep up`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Url = Annotated[str | None, typer.Option(help="The service's address.", envvar="NPSWEEP_URL")]
Token = Annotated[str | None, typer.Option(help="Your API token.", envvar="NPSWEEP_TOKEN", show_envvar=True)]
DataDir = Annotated[
    Path, typer.Option("--data-dir", help="Data folder of the embedded stack.", envvar="NPSWEEP_DATA_DIR")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
SweepId = Annotated[int, typer.Argument(help="The sweep's id.", min=1)]

REFUSED, UNREACHABLE = 1, 3
ENDLESS = 10_000


def writable(path: Path | None) -> Path | None:
    """Refuses a file that could not be written, before what it should hold is asked for."""
    if path is not None and path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; name a file in it")
    if path is not None and not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}; make it, or name another")
    return path


def made(folder: Path | None) -> Path | None:
    """Makes the folder where it is not there, before the work whose files it is for."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be made a folder ({error.strerror}); name another") from None
    return folder


def out() -> Console:
    """Where the answer goes: as wide as the terminal, and without an end for another program."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = ENDLESS
    return console


def say(text: str) -> None:
    """One line of an answer, as it is."""
    out().print(text, highlight=False, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """A remark for whoever looks on, beside the answer."""
    Console(stderr=True).print(text, highlight=False, markup=False, soft_wrap=True)


def tell(sweep: "SweepView", as_json: bool, text: str) -> None:
    """The sweep as JSON, or what has become of it in a line."""
    if as_json:
        print(sweep.model_dump_json())
    else:
        say(text)


def print_all(items: Iterable["BaseModel"]) -> None:
    print(json.dumps([item.model_dump(mode="json") for item in items]))
