"""A report as text: aligned table, Markdown, CSV or JSON."""

from collections.abc import Callable
from typing import Literal, get_args

from sweeps.csv_rows import csv_table
from sweeps.report.again import commands, file_name, specification_yaml
from sweeps.report.columns import columns, configurations, heading, made_with, notes, one_line
from sweeps.report.front_table import front_columns, front_heading
from sweeps.report.layout import WIDTH, aligned, escaped, fenced, filled, markdown_table
from sweeps.report.models import ArmReport, Report
from sweeps.states import TrialState

Format = Literal["table", "md", "csv", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)


def render(report: Report, format: Format) -> str:
    """The report in one of FORMATS, ending with a newline."""
    return _RENDERERS[format](report)


def _table(report: Report) -> str:
    table = aligned(columns(report, with_configurations=True))
    beside: list[str] = []
    if len(table[0]) > WIDTH:
        table = aligned(columns(report, with_configurations=False))
        beside = ["", "best configurations", *(f"  {line}" for line in configurations(report))]
    lines = [*filled(heading(report)), "", *table, *beside, ""]
    if report.objectives:
        lines += [front_heading(report), "", *aligned(front_columns(report)), ""]
    lines += filled([*notes(report), made_with(report)])
    return "\n".join(one_line(line).rstrip() for line in lines) + "\n"


def _markdown(report: Report) -> str:
    lines = [f"# {escaped(report.name)}", ""]
    lines += [f"{escaped(line)}.  " for line in heading(report)]
    lines += ["", *markdown_table(columns(report, with_configurations=True))]
    if report.objectives:
        lines += ["", f"{escaped(front_heading(report))}.", "", *markdown_table(front_columns(report))]
    lines += ["", *(f"- {escaped(line)}" for line in notes(report))]
    lines += ["", f"Made with {escaped(made_with(report))}.", "", "## Run it again", ""]
    lines += [f"Save the specification as `{file_name(report)}`.", "", *fenced("sh", "\n".join(commands(report))), ""]
    lines += ["## Specification", "", *fenced("yaml", specification_yaml(report).rstrip("\n"))]
    return "\n".join(lines) + "\n"


def _csv(report: Report) -> str:
    return csv_table([_flat(report, arm) for arm in report.arms])


def _flat(report: Report, arm: ArmReport) -> dict[str, object]:
    test = arm.test
    row: dict[str, object] = {
        "sweep": report.sweep_id,
        "arm": arm.label,
        "rule": arm.rule,
        "decorrelation": str(arm.decorrelation).lower(),
        "best_trial": arm.best_trial,
        report.metric: arm.validation,
        f"{report.metric}_spread": arm.spread,
        f"{report.test_metric}_mean": test and test.mean,
        f"{report.test_metric}_std": test and test.std,
        f"{report.test_metric}_n": test.n if test else 0,
        f"{report.test_metric}_low": test and test.low,
        f"{report.test_metric}_high": test and test.high,
        "networks_trained": arm.networks_trained,
        "epochs_trained": arm.epochs_trained,
        "device_seconds": arm.device_seconds,
    }
    row |= {f"trials_{state}": arm.trials.get(state, 0) for state in TrialState}
    row |= {f"configuration.{path}": value for path, value in (arm.best_configuration or {}).items()}
    return row | {f"{report.test_metric}.seed-{seed.seed}": seed.test for seed in arm.seeds}


def _json(report: Report) -> str:
    return report.model_dump_json(indent=2) + "\n"


_RENDERERS: dict[Format, Callable[[Report], str]] = {"table": _table, "md": _markdown, "csv": _csv, "json": _json}
