"""The commands. Each asks the service and shows the answer; `--json` prints the answer as it came."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from service.cli import audit, login, team, teams, tokens
from service.cli.connection import DATA_FOLDER, NotConnected, choose_profile, connected
from service.cli.options import AsJson, DataDir, Token, Url
from service.cli.output import out as _out
from service.cli.output import print_all as _print_all
from service.cli.profiles import UnreadableProfiles
from service.cli.specification import UnreadableFile, read_assignments, read_specification

if TYPE_CHECKING:
    from service.views import SweepView, ValidatedView

app = typer.Typer(
    name="npsweep",
    help="Hyperparameter sweeps of node-perturbation learning. Start the service with `npsweep up`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

SweepId = Annotated[int, typer.Argument(help="The sweep's id.", min=1)]

REFUSED, UNREACHABLE = 1, 3

app.command("login")(login.login)
app.command("logout")(login.logout)
app.command("profiles")(login.profiles)
app.command("whoami")(login.whoami)
app.command("audit")(audit.audit)
app.add_typer(tokens.app, name="tokens")
app.add_typer(team.app, name="team")
app.add_typer(teams.app, name="teams")


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits: 0 done, 1 refused or not completed, 2 wrong usage, 3 no service."""
    try:
        app(arguments)
    except Exception as error:  # errors that a person can act on are explained; a bug keeps its traceback
        code = _explained(error, "--json" in (sys.argv if arguments is None else arguments))
        if code is None:
            raise
        sys.exit(code)


@app.callback()
def choose(
    context: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(help="The service to talk to, by the name it has from `npsweep login`.", envvar="NPSWEEP_PROFILE"),
    ] = None,
) -> None:
    """Hyperparameter sweeps of node-perturbation learning. Start the service with `npsweep up`."""
    choose_profile(profile, by_option=_is_on_the_command_line(context, "profile"))


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
def submit(
    file: Annotated[Path, typer.Argument(help="Specification, YAML or JSON; - reads standard input.")],
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it has ended.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check it; show it resolved, and the plan.")] = False,
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
        sweep = client.submit(document)
    if not watch:
        _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; follow it with `npsweep watch {sweep.id}`")
        return
    if not as_json:
        _out().print(f"sweep {sweep.id} is {sweep.state}", highlight=False)
    watch_command(sweep.id, url, token, data_dir, as_json)


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
    print(found.model_dump_json()) if as_json else _out().print(planned(found), soft_wrap=True)


@app.command("list")
def list_command(
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """List the team's sweeps, newest first."""
    from service.cli.show import sweep_list

    with connected(url, token, data_dir) as client:
        sweeps = list(client.sweeps(limit))
    _print_all(sweeps) if as_json else _out().print(sweep_list(sweeps))


@app.command()
def show(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Show a sweep with its progress."""
    from service.cli.show import one_sweep

    with connected(url, token, data_dir) as client:
        sweep = client.sweep(sweep_id)
    print(sweep.model_dump_json()) if as_json else _out().print(one_sweep(sweep))


@app.command("watch")
def watch_command(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Follow a sweep until it has ended. Exit code 0 only if it completed."""
    from service.cli.watch import follow_as_json, watch

    with connected(url, token, data_dir) as client:
        sweep = follow_as_json(client, sweep_id) if as_json else watch(client, sweep_id, _out())
        if not as_json:
            _print_outcome(sweep, client.report(sweep_id, "table"))
    raise typer.Exit(0 if sweep.state == "completed" else REFUSED)


@app.command()
def stop(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Stop a sweep; what was measured is kept."""
    with connected(url, token, data_dir) as client:
        sweep = client.stop(sweep_id)
    _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}")


@app.command()
def pause(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Pause a sweep: its networks are saved and its devices are free until it is resumed."""
    with connected(url, token, data_dir) as client:
        sweep = client.pause(sweep_id)
    _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; go on with `npsweep resume {sweep.id}`")


@app.command()
def resume(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Let a paused, stopped or failed sweep go on where it was."""
    with connected(url, token, data_dir) as client:
        sweep = client.resume(sweep_id)
    _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; follow it with `npsweep watch {sweep.id}`")


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
    _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}, with {trials} trials for each arm")


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
    _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; arm {arm} tries {', '.join(values)} next")


@app.command()
def lanes(
    sweep_id: SweepId,
    count: Annotated[str, typer.Argument(help="How many lanes, or auto.")],
    trials_per_lane: Annotated[str, typer.Option(help="Networks that each trains at once, or auto.")] = "auto",
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Change how many lanes a sweep has, also while it runs; its results do not depend on it."""
    with connected(url, token, data_dir) as client:
        sweep = client.lanes(sweep_id, _count(count), _count(trials_per_lane))
    _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}, with lanes: {count}, trials_per_lane: {trials_per_lane}")


@app.command()
def retry(
    sweep_id: SweepId, url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False
) -> None:
    """Train the failed trials of a paused or ended sweep again."""
    with connected(url, token, data_dir) as client:
        sweep = client.retry(sweep_id)
    _show(sweep, as_json, f"sweep {sweep.id} is {sweep.state}; its failed trials wait for another try")


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
    print(found.model_dump_json()) if as_json else _out().print(reconciliation(found), soft_wrap=True)
    raise typer.Exit(0 if found.state == "done" and not found.left else REFUSED)


@app.command()
def report(
    sweep_id: SweepId,
    format: Annotated[Literal["table", "md", "csv", "json"], typer.Option(help="How to write it.")] = "table",
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = DATA_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Print a sweep's report: the table that it was run for."""
    with connected(url, token, data_dir) as client:
        print(client.report(sweep_id, "json" if as_json else format).rstrip("\n"))


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
    print(used.model_dump_json()) if as_json else _out().print(team_usage(used))


@app.command()
def datasets(url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False) -> None:
    """List the data sets that a specification can name."""
    from service.cli.show import named_parts

    with connected(url, token, data_dir) as client:
        found = client.data_sets()
    _print_all(found) if as_json else _out().print(named_parts(found))


@app.command()
def rules(url: Url = None, token: Token = None, data_dir: DataDir = DATA_FOLDER, as_json: AsJson = False) -> None:
    """List the learning rules that a specification can name."""
    from service.cli.show import named_parts

    with connected(url, token, data_dir) as client:
        found = client.rules()
    _print_all(found) if as_json else _out().print(named_parts(found))


@app.command()
def demo(
    data_dir: Annotated[Path, typer.Option(help="A folder of the demo's own; emptied at its start.")] = DATA_FOLDER
    / "demo",
    as_json: AsJson = False,
) -> None:
    """Run a whole small sweep on a stack of its own, print its table, and end everything again."""
    from service.cli.demo import run_demo

    raise typer.Exit(run_demo(data_dir, as_json))


def _is_on_the_command_line(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


def _count(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _show(sweep: "SweepView", as_json: bool, text: str) -> None:
    if as_json:
        print(sweep.model_dump_json())
    else:
        _out().print(text, highlight=False, markup=False, soft_wrap=True)


def _print_resolved(checked: "ValidatedView", as_json: bool) -> None:
    """The specification goes to the output, to be kept and posted; the plan is for whoever looks on."""
    import yaml

    from service.cli.plan import planned

    resolved = json.dumps(checked.spec) if as_json else yaml.safe_dump(checked.spec, sort_keys=False).rstrip()
    print(resolved, flush=True)
    errors = Console(stderr=True)
    errors.print(planned(checked.plan), soft_wrap=True)
    errors.print("valid; nothing was posted")


def _print_outcome(sweep: "SweepView", table: str) -> None:
    if sweep.reason:
        _out().print(f"{sweep.state}: {sweep.reason}", markup=False, highlight=False, soft_wrap=True)
    print(table.rstrip("\n"))


def _explained(error: Exception, as_json: bool) -> int | None:
    """Tells a person what is wrong and returns the exit code; None for an error that is our own."""
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
    if isinstance(error, NotConnected | UnreadableFile | UnreadableProfiles):
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return UNREACHABLE if isinstance(error, NotConnected) else REFUSED
    return None
