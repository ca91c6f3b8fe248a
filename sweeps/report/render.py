"""A report as text: aligned table, Markdown, CSV or JSON."""

import csv
import io
import textwrap
from collections.abc import Callable
from typing import Literal, get_args

import yaml

from sweeps.report.columns import Column, columns, configurations, heading, made_with, notes, one_line
from sweeps.report.front_table import front_columns, front_heading
from sweeps.report.models import ArmReport, Report
from sweeps.states import TrialState

Format = Literal["table", "md", "csv", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)

WIDTH = 120


def render(report: Report, format: Format) -> str:
    """The report in one of FORMATS, ending with a newline."""
    return _RENDERERS[format](report)


def _table(report: Report) -> str:
    aligned = _aligned(columns(report, with_configurations=True))
    beside: list[str] = []
    if len(aligned[0]) > WIDTH:
        aligned = _aligned(columns(report, with_configurations=False))
        beside = ["", "best configurations", *(f"  {line}" for line in configurations(report))]
    lines = [*_filled(heading(report)), "", *aligned, *beside, ""]
    if report.objectives:
        lines += [front_heading(report), "", *_aligned(front_columns(report)), ""]
    lines += _filled([*notes(report), made_with(report)])
    return "\n".join(one_line(line).rstrip() for line in lines) + "\n"


def _aligned(table: list[Column]) -> list[str]:
    height = max(column.title.count("\n") for column in table) + 1
    laid_out = []
    for column in table:
        title = column.title.split("\n")
        cells = [""] * (height - len(title)) + title + column.cells
        width = max(len(cell) for cell in cells)
        laid_out.append([cell.ljust(width) if column.is_text else cell.rjust(width) for cell in cells])
    rows = ["  ".join(cells) for cells in zip(*laid_out, strict=True)]
    rule = "  ".join("─" * len(cells[0]) for cells in laid_out)
    return [*rows[:height], rule, *rows[height:]]


def _filled(paragraphs: list[str]) -> list[str]:
    return [line for text in paragraphs for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")]


def _markdown(report: Report) -> str:
    lines = [f"# {_escaped(report.name)}", ""]
    lines += [f"{_escaped(line)}.  " for line in heading(report)]
    lines += ["", *_markdown_table(columns(report, with_configurations=True))]
    if report.objectives:
        lines += ["", f"{_escaped(front_heading(report))}.", "", *_markdown_table(front_columns(report))]
    lines += ["", *(f"- {_escaped(line)}" for line in notes(report))]
    specification = yaml.safe_dump(report.specification, sort_keys=False, allow_unicode=True)
    lines += ["", f"Made with {_escaped(made_with(report))}.", "", "## Specification", "", "```yaml"]
    return "\n".join(lines) + f"\n{specification}```\n"


def _markdown_table(table: list[Column]) -> list[str]:
    titles = [_escaped(column.title.replace("_\n", "_").replace(".\n", ".").replace("\n", " ")) for column in table]
    rows = [[_escaped(cell) for cell in cells] for cells in zip(*(column.cells for column in table), strict=True)]
    return [_row(titles), _row([":---" if column.is_text else "---:" for column in table]), *map(_row, rows)]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.strip() for cell in cells)} |"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\|*`<>[]" else sign for sign in " ".join(text.split()))


def _csv(report: Report) -> str:
    rows = [_flat(report, arm) for arm in report.arms]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


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
