"""The commands that show sweeps and what came out of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from service.cli.connection import DATA_FOLDER, connected
from service.cli.options import REFUSED, AsJson, DataDir, SweepId, Token, Url, app, out, print_all, writable

if TYPE_CHECKING:
    from service.answers.views import SweepView

ComparisonFormat = Literal["table", "md", "csv", "json"]
ReportFormat = Literal["table", "md", "csv", "json", "tex", "html"]


@app.command("list")
def list_command(
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones instead of the others.")] = False,
    state: Annotated[str | None, typer.Option(help="Only sweeps in this state.")] = None,
    name: Annotated[str | None, typer.Option(help="Only sweeps whose name contains this.")] = None,
    label: Annotated[str | None, typer.Option(help="Only sweeps with this label.")] = None,
    user: Annotated[str | None, typer.Option(help="Only sweeps that this user has posted.")] = None,
    sort: Annotated[str, typer.Option(help="created, name or finished; downwards with - before it.")] = "-created",
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """List the team's sweeps, newest first."""
    from service.cli.show import sweep_list

    with connected(url, token, data_dir) as client:
        asked = {"state": state, "name": name, "label": label, "user": user}
        wanted = {key: value for key, value in asked.items() if value is not None}
        sweeps = list(client.sweeps(limit, archived, sort=sort, **wanted))
    print_all(sweeps) if as_json else out().print(sweep_list(sweeps))


@app.command()
def show(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Show a sweep with its progress."""
    from service.cli.show import one_sweep
    from service.cli.training import training_now

    with connected(url, token, data_dir) as client:
        sweep = client.sweep(sweep_id)
        training = None if as_json else training_now(client, sweep)
    print(sweep.model_dump_json()) if as_json else out().print(one_sweep(sweep, training))


@app.command("watch")
def watch_command(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Follow a sweep until it has ended. Exit code 0 only if it completed."""
    from service.cli.watch import follow_as_json, watch

    with connected(url, token, data_dir) as client:
        sweep = follow_as_json(client, sweep_id) if as_json else watch(client, sweep_id, out())
        if not as_json:
            _print_outcome(sweep, client.report(sweep_id, "table"))
    raise typer.Exit(0 if sweep.state == "completed" else REFUSED)


@app.command()
def trials(
    sweep_id: SweepId,
    arm: Annotated[str | None, typer.Option(help="Only this arm's.")] = None,
    state: Annotated[str | None, typer.Option(help="Only those in this state, such as completed or failed.")] = None,
    origin: Annotated[str | None, typer.Option(help="Only those that the sampler chose, or a person enqueued.")] = None,
    sort: Annotated[str, typer.Option(help="number, value or finished; downwards with - before it.")] = "number",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """List a sweep's trials by number, with their configurations and values."""
    from service.cli.tables import trial_list
    from service.cli.trials import trial_csv

    with connected(url, token, data_dir) as client:
        more = {"origin": origin} if origin else {}
        found = list(client.trials(sweep_id, limit, arm, state, sort=sort, **more))
    if as_json:
        print_all(found)
    elif as_csv:
        print(trial_csv(found), end="")
    else:
        out().print(trial_list(found))


@app.command()
def logs(
    sweep_id: SweepId,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the sweep has ended.")] = False,
    attempt: Annotated[int | None, typer.Option(help="Only of this attempt.", min=1)] = None,
    source: Annotated[str | None, typer.Option(help="Only of driver, coordinator, lane or lane-NUMBER.")] = None,
    tail: Annotated[int | None, typer.Option(help="Only the last entries, so many.", min=1)] = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Print what a sweep's driver, coordinator and lanes have said."""
    with connected(url, token, data_dir) as client:
        found = (
            client.follow_logs(sweep_id, attempt, source) if follow else client.logs(sweep_id, attempt, source, tail)
        )
        for entry in found:
            at = f"{entry.at:%Y-%m-%d %H:%M:%S} " if entry.at else ""
            said = f"{at}{entry.attempt}/{entry.source} {entry.text}"
            print(entry.model_dump_json() if as_json else said, flush=follow)


@app.command("replay")
def replay_command(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Suggest every trial of a sweep again, in sequence, and compare: exit code 0 only if all are the same."""
    from service.cli.replay import replay_sweep

    with connected(url, token, data_dir) as client:
        raise typer.Exit(replay_sweep(client, sweep_id, as_json))


@app.command()
def reconcile(
    sweep_id: SweepId,
    mend: Annotated[bool, typer.Option("--mend", help="Put MLflow and storage right from the ledger.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the tracker.", min=0.0)] = 600.0,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Compare ledger, MLflow and storage, and say every difference. Exit code 0 only if none is left."""
    from service.cli.show import reconciliation

    with connected(url, token, data_dir) as client:
        found = client.reconcile(sweep_id, mend, wait)
    print(found.model_dump_json()) if as_json else out().print(reconciliation(found), soft_wrap=True)
    raise typer.Exit(0 if found.state == "done" and not found.left else REFUSED)


@app.command()
def report(
    sweep_id: SweepId,
    format: Annotated[ReportFormat, typer.Option(help="How to write it; html is one file with its figures.")] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", callback=writable, help="A file to write it to.")
    ] = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Print a sweep's report, the table that it was run for, or write it to a file."""
    with connected(url, token, data_dir) as client:
        text = client.report(sweep_id, "json" if as_json else format)
    if output is None:
        print(text.rstrip("\n"))
    else:
        output.write_text(text, encoding="utf-8")


@app.command()
def compare(
    sweep_ids: Annotated[list[int], typer.Argument(help="The sweeps' ids, two or more.", min=1)],
    format: Annotated[ComparisonFormat, typer.Option(help="How to write it.")] = "table",
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Print several sweeps side by side: arms, differences that the seeds support, and what was specified otherwise."""
    with connected(url, token, data_dir) as client:
        print(client.compare(sweep_ids, "json" if as_json else format).rstrip("\n"))


@app.command()
def export(
    sweep_id: SweepId,
    format: Annotated[Literal["csv", "parquet"], typer.Option(help="How to write it.")] = "csv",
    epochs: Annotated[bool, typer.Option("--epochs", help="A row an epoch of a network instead of a trial.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", callback=writable, help="The file; default sweep-ID-trials.csv, - is standard output."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
) -> None:
    """Write all trials of a sweep into a file, for a spreadsheet, pandas or R."""
    from service.cli.trials import write_export

    with connected(url, token, data_dir) as client:
        write_export(client, sweep_id, format, epochs, output, force)


@app.command()
def usage(
    since: Annotated[str | None, typer.Option(help="Only sweeps posted since this date or time, ISO 8601.")] = None,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Show what the team's sweeps have used of the devices, by user and in all."""
    from service.cli.show import team_usage

    with connected(url, token, data_dir) as client:
        used = client.usage(since)
    print(used.model_dump_json()) if as_json else out().print(team_usage(used))


@app.command()
def datasets(url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False) -> None:
    """List the data sets that a specification can name."""
    from service.cli.show import named_parts

    with connected(url, token, data_dir) as client:
        found = client.data_sets()
    print_all(found) if as_json else out().print(named_parts(found))


@app.command()
def rules(url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False) -> None:
    """List the learning rules that a specification can name."""
    from service.cli.show import named_parts

    with connected(url, token, data_dir) as client:
        found = client.rules()
    print_all(found) if as_json else out().print(named_parts(found))


def _print_outcome(sweep: "SweepView", table: str) -> None:
    if sweep.reason:
        out().print(f"{sweep.state}: {sweep.reason}", markup=False, highlight=False, soft_wrap=True)
    print(table.rstrip("\n"))
