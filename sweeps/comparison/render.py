"""A comparison as text, laid out as the report is: aligned table, Markdown, CSV or JSON."""

import csv
import io
import json
from collections.abc import Callable

from sweeps.comparison.models import ComparedArm, Comparison
from sweeps.report import Format
from sweeps.report.columns import Column, one_line
from sweeps.report.layout import aligned, escaped, filled, markdown_table
from sweeps.report.models import Difference
from sweeps.report.rounding import NOTHING, configured, duration, figure, interval, with_spread

MOST_PAIRS = 12
LONGEST_VALUE = 40


def render_comparison(comparison: Comparison, format: Format) -> str:
    """The comparison in one of the report's formats, ending with a newline."""
    return _RENDERERS[format](comparison)


def _table(comparison: Comparison) -> str:
    lines = [*filled(_heading(comparison)), "", *aligned(_arms(comparison)), ""]
    lines += ["best configurations", *(f"  {line}" for line in _configurations(comparison)), ""]
    lines += filled(_notes(comparison))
    lines += ["", *(aligned(_specification(comparison)) if comparison.specification else [SAME])]
    return "\n".join(one_line(line).rstrip() for line in lines) + "\n"


def _markdown(comparison: Comparison) -> str:
    lines = ["# Sweeps compared", "", *(f"- {escaped(line)}" for line in _heading(comparison)), ""]
    lines += [*markdown_table(_arms(comparison)), "", "## Best configurations", ""]
    lines += [f"- {escaped(line)}" for line in _configurations(comparison)]
    lines += ["", *(f"- {escaped(line)}" for line in _notes(comparison)), "", "## Specifications", ""]
    lines += markdown_table(_specification(comparison)) if comparison.specification else [SAME]
    return "\n".join(lines) + "\n"


SAME = "The specifications are the same."


def _heading(comparison: Comparison) -> list[str]:
    return [
        f"sweep {sweep.sweep_id}: {sweep.name}, {sweep.state}; {sweep.data}, {sweep.budget} trials an arm, "
        f"by {sweep.test_metric}"
        for sweep in comparison.sweeps
    ]


def _arms(comparison: Comparison) -> list[Column]:
    arms = [arm.report for arm in comparison.arms]
    return [
        Column("sweep:arm", [one_line(arm.name) for arm in comparison.arms], is_text=True),
        Column("best\ntrial", [NOTHING if arm.best_trial is None else str(arm.best_trial) for arm in arms]),
        Column("validation", [with_spread(arm.validation, arm.spread) for arm in arms]),
        Column(
            "test (n)",
            [f"{with_spread(arm.test.mean, arm.test.std)} ({arm.test.n})" if arm.test else NOTHING for arm in arms],
        ),
        Column("95 % interval\nof its mean", [interval(arm.test) for arm in arms]),
        Column("trials\nended", [_ended(arm) for arm in comparison.arms]),
        Column("device\ntime", [duration(arm.device_seconds) for arm in arms]),
    ]


def _ended(arm: ComparedArm) -> str:
    return str(sum(count for state, count in arm.report.trials.items() if state.is_final))


def _configurations(comparison: Comparison) -> list[str]:
    return [
        f"{arm.name}: " + ", ".join(f"{path} {configured(value)}" for path, value in best.items())
        for arm in comparison.arms
        if (best := arm.report.best_configuration)
    ]


def _notes(comparison: Comparison) -> list[str]:
    """Which pairs of different sweeps the seeds tell apart; the pairs inside one are in its report."""
    across = [pair for pair in comparison.differences if pair.first.split(":")[0] != pair.second.split(":")[0]]
    lines = [
        *_pairs("The seeds support a difference between", [pair for pair in across if pair.comparison.supported]),
        *_pairs("They support none between", [pair for pair in across if not pair.comparison.supported]),
    ]
    if len({(sweep.test_metric, sweep.data) for sweep in comparison.sweeps}) > 1:
        lines.append("Sweeps on other data, or measured by another metric, are not compared.")
    lines += [
        f"Sweep {sweep.sweep_id} is {sweep.state}: its figures are provisional."
        for sweep in comparison.sweeps
        if not sweep.finished
    ]
    return (
        [*lines, "Welch's test, 5 %, each pair by itself: of many pairs some seem to differ by chance."]
        if across
        else lines
    )


def _pairs(words: str, found: list[Difference]) -> list[str]:
    if not found:
        return []
    more = f"; and {len(found) - MOST_PAIRS} pairs more" if len(found) > MOST_PAIRS else ""
    return [f"{words} {'; '.join(_pair(pair) for pair in found[:MOST_PAIRS])}{more}."]


def _pair(pair: Difference) -> str:
    found = pair.comparison
    tested = "one seed" if found.p_value is None else f"p {found.p_value:.2g}"
    return f"{pair.first} and {pair.second} ({figure(found.difference)}, {tested})"


def _specification(comparison: Comparison) -> list[Column]:
    rows = comparison.specification
    return [
        Column("in the specification", [row.path for row in rows], is_text=True),
        *(
            Column(f"sweep {sweep.sweep_id}", [_value(row.values, sweep.sweep_id) for row in rows], is_text=True)
            for sweep in comparison.sweeps
        ),
    ]


def _value(values: dict[int, object], sweep_id: int) -> str:
    if sweep_id not in values:
        return NOTHING
    value = values[sweep_id]
    text = configured(value) if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _csv(comparison: Comparison) -> str:
    rows = [_flat(arm) for arm in comparison.arms]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


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
