"""A comparison as text, laid out as the report is: aligned table, Markdown, CSV or JSON."""

from collections.abc import Callable

from sweeps.comparison.columns import SAME, arm_columns, configurations, heading, notes, specification_columns
from sweeps.comparison.models import ComparedArm, Comparison
from sweeps.csv_rows import csv_table
from sweeps.report import Format
from sweeps.report.columns import one_line
from sweeps.report.layout import aligned, escaped, filled, markdown_table


def render_comparison(comparison: Comparison, format: Format) -> str:
    """The comparison in one of the report's formats, ending with a newline."""
    return _RENDERERS[format](comparison)


def _table(comparison: Comparison) -> str:
    lines = [*filled(heading(comparison)), "", *aligned(arm_columns(comparison)), ""]
    lines += ["best configurations", *(f"  {line}" for line in configurations(comparison)), ""]
    lines += filled(notes(comparison))
    lines += ["", *(aligned(specification_columns(comparison)) if comparison.specification else [SAME])]
    return "\n".join(one_line(line).rstrip() for line in lines) + "\n"


def _markdown(comparison: Comparison) -> str:
    lines = ["# Sweeps compared", "", *(f"- {escaped(line)}" for line in heading(comparison)), ""]
    lines += [*markdown_table(arm_columns(comparison)), "", "## Best configurations", ""]
    lines += [f"- {escaped(line)}" for line in configurations(comparison)]
    lines += ["", *(f"- {escaped(line)}" for line in notes(comparison)), "", "## Specifications", ""]
    lines += markdown_table(specification_columns(comparison)) if comparison.specification else [SAME]
    return "\n".join(lines) + "\n"


def _csv(comparison: Comparison) -> str:
    return csv_table([_flat(arm) for arm in comparison.arms])


def _flat(arm: ComparedArm) -> dict[str, object]:
    report, test = arm.report, arm.report.test
    row: dict[str, object] = {
        "sweep": arm.sweep_id,
        "arm": report.label,
        "best_trial": report.best_trial,
        "validation": report.validation,
        "validation_spread": report.spread,
        "test_mean": test and test.mean,
        "test_std": test and test.std,
        "test_n": test.n if test else 0,
        "test_low": test and test.low,
        "test_high": test and test.high,
        "device_seconds": report.device_seconds,
    }
    return row | {f"configuration.{path}": value for path, value in (report.best_configuration or {}).items()}


def _json(comparison: Comparison) -> str:
    return comparison.model_dump_json(indent=2) + "\n"


_RENDERERS: dict[Format, Callable[[Comparison], str]] = {"table": _table, "md": _markdown, "csv": _csv, "json": _json}
