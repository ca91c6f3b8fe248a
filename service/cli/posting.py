"""The commands that post a sweep, or say what it would be."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from service.cli.connection import DATA_FOLDER, connected
from service.cli.options import AsJson, DataDir, SweepId, Token, Url, app, out, tell
from service.cli.reading import watch_command
from service.cli.specification import merge_patch, read_assignments, read_specification

if TYPE_CHECKING:
    from service.answers.views import SweepView, ValidatedView


Labels = Annotated[list[str] | None, typer.Option("--label", help="A label of the new sweep, once or more.")]
Note = Annotated[str | None, typer.Option(help="A note to the new sweep.")]
Priority = Annotated[
    int, typer.Option(help="Sweeps of a higher one come first; above 0 by an operator.", min=-100, max=100)
]


@app.command()
def submit(
    file: Annotated[Path, typer.Argument(help="Specification, YAML or JSON; - reads standard input.")],
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it has ended.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check it; show it resolved, and the plan.")] = False,
    label: Labels = None,
    note: Note = None,
    priority: Priority = 0,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Post a sweep."""
    document = read_specification(file)
    with connected(url, token, data_dir) as client:
        if dry_run:
            _print_resolved(client.validate(document), as_json)
            return
        sweep = client.submit(document, priority, label or [], note)
    _go_on(sweep, watch, url, token, data_dir, as_json)


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(help="Specification, YAML or JSON; - reads standard input.")],
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Say what a sweep would train and how long that takes, by what was measured before. Nothing is posted."""
    from service.cli.plan import planned

    document = read_specification(file)
    with connected(url, token, data_dir) as client:
        found = client.validate(document).plan
    print(found.model_dump_json()) if as_json else out().print(planned(found), soft_wrap=True)


@app.command()
def clone(
    sweep_id: SweepId,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="PATH=VALUE in the specification, once or more; null removes.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A JSON merge patch, YAML or JSON; - reads standard input.")] = None,
    trial: Annotated[
        int | None, typer.Option(help="Only this trial, by its number: its networks trained alone again.", min=0)
    ] = None,
    label: Labels = None,
    note: Note = None,
    priority: Priority = 0,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it has ended.")] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Post a sweep's specification anew, with changes: `npsweep clone 3 --set budget.trials=40 --set name=larger`."""
    patch = read_specification(file) if file else {}
    assigned = read_assignments(changes or [])
    with connected(url, token, data_dir) as client:
        whole = merge_patch(patch, assigned, client.sweep(sweep_id).spec)
        sweep = client.clone(sweep_id, whole, label or [], note, priority, trial=trial)
    _go_on(sweep, watch, url, token, data_dir, as_json)


def _go_on(sweep: "SweepView", watch: bool, url: str | None, token: str | None, data_dir: Path, as_json: bool) -> None:
    if not watch:
        tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; follow it with `npsweep watch {sweep.id}`")
        return
    if not as_json:
        out().print(f"sweep {sweep.id} is {sweep.state}", highlight=False)
    watch_command(sweep.id, url, token, data_dir, as_json)


def _print_resolved(checked: "ValidatedView", as_json: bool) -> None:
    """The specification goes to the output, to be kept and posted; the plan is for whoever looks on."""
    import yaml

    from service.cli.plan import planned

    resolved = json.dumps(checked.spec) if as_json else yaml.safe_dump(checked.spec, sort_keys=False).rstrip()
    print(resolved, flush=True)
    errors = Console(stderr=True)
    errors.print(planned(checked.plan), soft_wrap=True)
    errors.print("valid; nothing was posted")
