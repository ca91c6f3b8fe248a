"""The report in every format that there is, and its figures."""

from typing import Literal, get_args

from sweeps.ledger import Ledger
from sweeps.report.drawing import FigureFormat, FigureName, draw, measure
from sweeps.report.latex import latex
from sweeps.report.models import Report
from sweeps.report.page import report_document
from sweeps.report.render import render

ReportFormat = Literal["table", "md", "csv", "json", "tex", "html"]
REPORT_FORMATS: tuple[ReportFormat, ...] = get_args(ReportFormat)


def write_report(ledger: Ledger, report: Report, format: ReportFormat) -> str:
    """The report as text, ending with a newline. The ledger gives what an HTML report's figures show."""
    if format == "html":
        return report_document(ledger, report)
    return latex(report) if format == "tex" else render(report, format)


def draw_figure(ledger: Ledger, report: Report, name: FigureName, format: FigureFormat) -> bytes | None:
    """One figure as a file; None where there is nothing to show yet."""
    return draw(measure(ledger, report), name, format)
