"""Every command of `npsweep`. Each asks the service and shows the answer; `--json` prints the answer as it came."""

import sys
from importlib.metadata import version as installed_version
from json import JSONDecodeError
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from service.cli import (  # noqa: F401 - importing them is what gives the application commands
    audit,
    login,
    posting,
    reading,
    recovery,
    team,
    teams,
    tokens,
    verbs,
)
from service.cli.connection import DATA_FOLDER, Choice, NotConnected, choose
from service.cli.everywhere import PROFILE_HELP, take_profiles
from service.cli.homes import TokenOfAnother
from service.cli.options import REFUSED, UNREACHABLE, AsJson, DataDir, app, made
from service.cli.profiles import UnreadableProfiles, profile_names
from service.cli.recovery import NotRecovered
from service.cli.specification import UnreadableFile

NOT_UNDERSTOOD = (
    "what answers there is no npsweep service, or one of another version than this command line; check the address "
    "with `npsweep profiles` or --url, and the versions with `npsweep --version`"
)


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits: 0 done, 1 refused or not completed, 2 wrong usage, 3 no service."""
    try:
        app(arguments)
    except Exception as error:  # errors that a person can act on are explained; a bug keeps its traceback
        code = _explained(error, "--json" in (sys.argv if arguments is None else arguments))
        if code is None:
            raise
        sys.exit(code)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"npsweep {installed_version('npsweep')}")
        raise typer.Exit


@app.callback()
def before_the_command(
    context: typer.Context,
    profile: Annotated[
        str | None, typer.Option(help=PROFILE_HELP, envvar="NPSWEEP_PROFILE", autocompletion=profile_names)
    ] = None,
    url: Annotated[str | None, typer.Option(help="The service's address.")] = None,
    token: Annotated[str | None, typer.Option(help="Your API token.")] = None,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Hyperparameter sweeps of node-perturbation learning. Start the service with `npsweep up`."""
    choose(Choice(profile, _is_on_the_command_line(context, "profile"), url, token))


@app.command()
def up(
    data_dir: DataDir = DATA_FOLDER,
    port: Annotated[int | None, typer.Option(help="Port of the API; default 8800 or a free one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start the embedded stack and stay: API, Ray, MLflow, tracker. Ctrl-C ends it."""
    from service.cli.up import run_stack

    run_stack(data_dir, port, as_json)


@app.command()
def demo(
    data_dir: Annotated[Path, typer.Option(help="A folder of the demo's own; emptied at its start.")] = DATA_FOLDER
    / "demo",
    example: Annotated[
        str, typer.Option(help="quickstart, fashion, paper-fashion, or a specification's file.")
    ] = "quickstart",
    report: Annotated[
        Path | None,
        typer.Option(
            callback=made, help="A folder for the report as HTML, Markdown, LaTeX, CSV, JSON, and its figures."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a whole small sweep on a stack of its own, print its table, and end everything again."""
    from service.cli.demo import example_file, run_demo

    raise typer.Exit(run_demo(data_dir, as_json, example_file(example), report))


take_profiles(app)


def _is_on_the_command_line(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


def _explained(error: Exception, as_json: bool) -> int | None:
    """Tells a person what is wrong and returns the exit code; None for an error that is our own."""
    from pydantic import ValidationError

    from service.client import ServiceProblem, ServiceUnreachable

    console = Console(stderr=True)
    if isinstance(error, ServiceProblem):
        from service.cli.show import print_problem

        if as_json:
            print(error.problem.model_dump_json())
        print_problem(error.problem, console)
        return REFUSED
    if isinstance(error, ServiceUnreachable):
        console.print(f"{error}; start the service with `npsweep up`", markup=False, highlight=False, soft_wrap=True)
        return UNREACHABLE
    if isinstance(error, ValidationError | JSONDecodeError):
        console.print(NOT_UNDERSTOOD, markup=False, highlight=False, soft_wrap=True)
        return UNREACHABLE
    if isinstance(error, NotConnected | NotRecovered | TokenOfAnother | UnreadableFile | UnreadableProfiles):
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return UNREACHABLE if isinstance(error, NotConnected) else REFUSED
    return None
