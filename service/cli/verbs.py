"""The commands that change a sweep."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from service.cli.connection import DATA_FOLDER, connected
from service.cli.options import REFUSED, AsJson, DataDir, SweepId, Token, Url, app, out, print_all, tell
from service.cli.specification import read_assignments

if TYPE_CHECKING:
    from service.client import Client


@app.command()
def stop(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Stop a sweep; what was measured is kept."""
    with connected(url, token, data_dir) as client:
        sweep = client.stop(sweep_id)
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}")


@app.command()
def pause(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Pause a sweep: its networks are saved and its devices are free until it is resumed."""
    with connected(url, token, data_dir) as client:
        sweep = client.pause(sweep_id)
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; go on with `npsweep resume {sweep.id}`")


@app.command()
def resume(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Let a paused, stopped or failed sweep go on where it was."""
    with connected(url, token, data_dir) as client:
        sweep = client.resume(sweep_id)
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; follow it with `npsweep watch {sweep.id}`")


@app.command()
def extend(
    sweep_id: SweepId,
    trials: Annotated[int, typer.Option(help="The new total of trials for each arm.", min=2)],
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Give a sweep more trials; one that has ended is queued again."""
    with connected(url, token, data_dir) as client:
        sweep = client.extend(sweep_id, trials)
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}, with {trials} trials for each arm")


@app.command()
def enqueue(
    sweep_id: SweepId,
    arm: Annotated[str, typer.Option(help="The arm that tries it.")],
    values: Annotated[list[str], typer.Argument(help="What to try, as PATH=VALUE; the rest is suggested.")],
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let an arm try a configuration before what its sampler suggests, also while the sweep runs."""
    with connected(url, token, data_dir) as client:
        sweep = client.enqueue(sweep_id, arm, read_assignments(values))
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; arm {arm} tries {', '.join(values)} next")


@app.command()
def lanes(
    sweep_id: SweepId,
    count: Annotated[str | None, typer.Argument(help="How many lanes, or auto; without it they are listed.")] = None,
    trials_per_lane: Annotated[str, typer.Option(help="Networks that each trains at once, or auto.")] = "auto",
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """List a sweep's lanes; or change how many it has, also while it runs: its results do not depend on it."""
    with connected(url, token, data_dir) as client:
        if count is None:
            _list_lanes(client, sweep_id, as_json)
            return
        sweep = client.lanes(sweep_id, _count(count), _count(trials_per_lane))
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}, with lanes: {count}, trials_per_lane: {trials_per_lane}")


def _list_lanes(client: "Client", sweep_id: int, as_json: bool) -> None:
    from service.cli.tables import lane_list

    found = client.list_lanes(sweep_id)
    print_all(found) if as_json else out().print(lane_list(found))


@app.command(context_settings={"ignore_unknown_options": True})  # so that -3 is a number
def prioritise(
    sweep_id: SweepId,
    priority: Annotated[int, typer.Argument(help="Above 0 only by an operator.", min=-100, max=100)],
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let a sweep come before others, or after them: those of a higher priority come first."""
    with connected(url, token, data_dir) as client:
        sweep = client.prioritise(sweep_id, priority)
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}, with priority {sweep.priority}")


@app.command()
def retry(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Train the failed trials of a paused or ended sweep again."""
    with connected(url, token, data_dir) as client:
        sweep = client.retry(sweep_id)
    tell(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; its failed trials wait for another try")


@app.command()
def label(
    sweep_id: SweepId,
    labels: Annotated[list[str] | None, typer.Argument(help="All that it has from now on.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that it has.")] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Give a sweep labels, in place of those that it has."""
    if clear == bool(labels):
        raise typer.BadParameter("name the labels that it has from now on, or remove all with --clear")
    with connected(url, token, data_dir) as client:
        sweep = client.label(sweep_id, labels or [])
    tell(sweep, as_json, f"sweep {sweep.id}: {', '.join(sweep.labels) or 'no label'}")


@app.command()
def note(
    sweep_id: SweepId,
    text: Annotated[str, typer.Argument(help="What to write to it; an empty text removes the note.")],
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Write a note to a sweep, in place of the one that it has."""
    with connected(url, token, data_dir) as client:
        sweep = client.note(sweep_id, text or None)
    tell(sweep, as_json, f"sweep {sweep.id}: {sweep.note}" if sweep.note else f"sweep {sweep.id} has no note")


@app.command()
def archive(
    sweep_id: SweepId,
    undo: Annotated[bool, typer.Option("--undo", help="Let lists show it again.")] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Hide a sweep that has ended from lists; nothing of it is deleted."""
    with connected(url, token, data_dir) as client:
        sweep = client.archive(sweep_id, not undo)
    shown = "lists show it again" if undo else "`npsweep list --archived` shows it"
    tell(sweep, as_json, f"sweep {sweep.id}: {shown}")


@app.command()
def delete(
    sweep_id: SweepId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    keep_runs: Annotated[bool, typer.Option("--keep-runs", help="Leave its runs in MLflow as they are.")] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
) -> None:
    """Delete a sweep that has ended, for good, with its networks and logs; its runs in MLflow are marked deleted."""
    with connected(url, token, data_dir) as client:
        sweep = client.sweep(sweep_id)
        if not yes and not _agreed(f"Delete sweep {sweep.id} ({sweep.name}), {sweep.state}, for good?"):
            raise typer.Exit(REFUSED)
        client.delete(sweep_id, keep_runs)
    print(f"sweep {sweep_id} is deleted")


def _agreed(question: str) -> bool:
    if sys.stdin.isatty():
        return typer.confirm(question, err=True)
    Console(stderr=True).print(f"{question} Nobody is here to answer; add --yes", markup=False, highlight=False)
    return False


def _count(text: str) -> int | str:
    return int(text) if text.isdecimal() else text
