"""The report as HTML: an article to stand in a page, or one file that needs nothing else.

The figures stand in the text as SVG; there is no script, and nothing is fetched.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sweeps.arm_colours import arm_style
from sweeps.ledger import Ledger
from sweeps.report.again import commands, file_name, specification_yaml
from sweeps.report.columns import best_arm, columns, configuration_columns, heading, made_with, notes
from sweeps.report.drawing import FIGURES, TITLES, inline, measure
from sweeps.report.front_table import front_columns, front_heading
from sweeps.report.models import Report


def report_article(ledger: Ledger, report: Report) -> str:
    """What stands in a page under its heading: safe HTML, whatever the sweep is called."""
    return _environment().get_template("article.html").render(_context(ledger, report))


def report_document(ledger: Ledger, report: Report) -> str:
    """The whole report in one file that opens from a disk, prints, and follows the reader's light or dark mode."""
    article = Markup(report_article(ledger, report))  # noqa: S704 - made by a template that escapes
    return _environment().get_template("document.html").render(report=report, article=article) + "\n"


def _context(ledger: Ledger, report: Report) -> dict[str, Any]:
    measured = measure(ledger, report)
    best = best_arm(report)
    drawn = ((name, TITLES[name], inline(measured, name)) for name in FIGURES)
    return {
        "report": report,
        "heading": heading(report)[1:],
        "table_of_arms": columns(report, with_configurations=False),
        "configurations": configuration_columns(report),
        "front": front_columns(report) if report.objectives else [],
        "front_heading": front_heading(report) if report.objectives else "",
        "rows": [(arm_style(arm.arm).colour, arm is best) for arm in report.arms],
        "figures": [(name, title, Markup(svg)) for name, title, svg in drawn if svg],  # noqa: S704 - matplotlib escapes
        "notes": notes(report),
        "made_with": made_with(report),
        "commands": "\n".join(commands(report)),
        "specification_name": file_name(report),
        "specification": specification_yaml(report),
        "started": None if report.started_at is None else datetime.fromtimestamp(report.started_at, UTC),
    }


@cache
def _environment() -> Environment:
    loader = PackageLoader("sweeps.report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
