"""The options that every command takes."""

from pathlib import Path
from typing import Annotated

import typer

Url = Annotated[str | None, typer.Option(help="The service's address.", envvar="NPSWEEP_URL")]
Token = Annotated[str | None, typer.Option(help="Your API token.", envvar="NPSWEEP_TOKEN", show_envvar=True)]
DataDir = Annotated[
    Path, typer.Option("--data-dir", help="Data folder of the embedded stack.", envvar="NPSWEEP_DATA_DIR")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
