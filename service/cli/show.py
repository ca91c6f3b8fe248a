"""Tables for lists and single sweeps."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.text import Text

from service.cli.formatting import ago, duration, run_time
from service.cli.tables import table
from service.cli.watch import progress

if TYPE_CHECKING:
    from service.answers.views import Named, ReconciliationView, SweepSummary, SweepView, UsageView
    from service.problems.details import Problem
    from sweeps.difference import Difference


def sweep_list(sweeps: Iterable["SweepSummary"]) -> RenderableType:
    shown = table("id", "name", "user", "state", "posted", "run time", "device time", "labels")
    for sweep in sweeps:
        shown.add_row(
            str(sweep.id),
            Text(sweep.name),
            sweep.user,
            sweep.state,
            ago(sweep.created_at),
            run_time(sweep),
            duration(sweep.device_seconds),
            Text(", ".join(sweep.labels)),
        )
    return shown if shown.row_count else Text("no sweeps yet; post one with `npsweep submit FILE`")


def one_sweep(sweep: "SweepView", training: str | None) -> RenderableType:
    """`training`: what trains just now, in words."""
    said = f"posted by {sweep.user} {ago(sweep.created_at)}; device time: {duration(sweep.device_seconds)}"
    lines: list[RenderableType] = [progress(sweep), Text(said)]
    if training:
        lines.append(Text(training))
    if sweep.reason:
        lines.append(Text(f"reason: {sweep.reason}"))
    if sweep.priority:
        lines.append(Text(f"priority: {sweep.priority}"))
    if sweep.labels:
        lines.append(Text(f"labels: {', '.join(sweep.labels)}"))
    if sweep.note:
        lines.append(Text(f"note: {sweep.note}"))
    links = {"report": sweep.links.report, "MLflow": sweep.links.tracking, "API": sweep.links.docs}
    lines += [Text(f"{name}: {link}") for name, link in links.items() if link]
    return Group(*lines)


def team_usage(usage: "UsageView") -> RenderableType:
    shown = table("user", "sweeps", "networks", "device time")
    for user in usage.users:
        shown.add_row(user.user, str(user.sweeps), str(user.networks), duration(user.device_seconds))
    shown.add_row(
        f"team {usage.team}", str(usage.sweeps), str(usage.networks), duration(usage.device_seconds), style="bold"
    )
    return shown


def named_parts(parts: Iterable["Named"]) -> RenderableType:
    shown = table("name", "what it is", "options")
    for part in parts:
        options = ", ".join(f"{name}={schema.get('default')}" for name, schema in part.options.items())
        shown.add_row(part.name, part.summary, options or "-")
    return shown


def reconciliation(found: "ReconciliationView") -> RenderableType:
    """Every difference on a line of its own, and what is left."""
    if found.state == "waiting":
        return Text("the tracker has not answered yet; is it running? `python -m sweeps.tracking` is part of the stack")
    if found.state == "failed":
        return Text(f"nothing could be compared: {found.problem}")
    if not found.total:
        return Text(f"sweep {found.sweep}: ledger, MLflow and storage agree")
    lines = [Text.assemble((one.about, "bold"), f": {one.words}", _fate(one)) for one in found.differences]
    if found.total > len(lines):
        lines.append(Text(f"and {found.total - len(lines)} more"))
    return Group(*lines, Text(_outcome(found)))


def _fate(one: "Difference") -> str:
    return " (mended)" if one.mended else "" if one.can_be_mended else " (cannot be mended)"


def _outcome(found: "ReconciliationView") -> str:
    said = f"sweep {found.sweep}: {found.total} difference{'' if found.total == 1 else 's'}"
    if not found.left:
        return f"{said}, all mended"
    if found.mend:
        return f"{said}, {found.left} of which cannot be mended"
    return f"{said}; `npsweep reconcile {found.sweep} --mend` puts right what can be"


def print_problem(problem: "Problem", console: Console) -> None:
    """Every finding with its field, value, rule and remedy."""
    console.print(f"{problem.title}:", style="bold red", end=" ")
    if not problem.errors:
        console.print(problem.detail, markup=False, highlight=False, soft_wrap=True)
        _print_request(problem, console)
        return
    console.print(f"{len(problem.errors)} finding{'s' if len(problem.errors) > 1 else ''}")
    for finding in problem.errors:
        value = "" if finding.value is None else f" = {finding.value!r}"
        console.print(Text(f"  {finding.field}{value}", style="bold"), soft_wrap=True)
        console.print(f"    {finding.rule}; {finding.remedy}", markup=False, highlight=False, soft_wrap=True)
    _print_request(problem, console)


def _print_request(problem: "Problem", console: Console) -> None:
    if problem.request_id:
        console.print(f"request {problem.request_id}", style="dim", markup=False, highlight=False)
