"""A sweep's report as a page, and as files to keep: the same figures and the same text as the API's."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from markupsafe import Markup
from starlette.responses import Response

from service.answers.current_report import current_report
from service.dependencies import TheLedger
from service.pages.dependencies import PageSweep
from service.pages.templating import page
from service.routes.reports import report_answer
from sweeps.report import ReportFormat, report_article

router = APIRouter(include_in_schema=False)

FILES: tuple[tuple[ReportFormat, str], ...] = (
    ("html", "HTML, one file"),
    ("md", "Markdown"),
    ("tex", "LaTeX"),
    ("csv", "CSV"),
    ("json", "JSON"),
)
"""What can be kept, and its name on the page."""


@router.get("/sweeps/{sweep_id}/report")
def show_report_page(request: Request, sweep: PageSweep, ledger: TheLedger) -> Response:
    report = current_report(ledger, sweep.id)
    article = Markup(report_article(ledger, report))  # noqa: S704 - made by a template that escapes
    return page(request, "report.html", sweep=sweep, report=report, article=article, files=FILES)


@router.get("/sweeps/{sweep_id}/report.{format}")
def download_report(
    sweep: PageSweep, ledger: TheLedger, format: Annotated[ReportFormat, Path(description="Which file.")]
) -> Response:
    answer = report_answer(ledger, sweep, format)
    answer.headers["Content-Disposition"] = f'attachment; filename="sweep-{sweep.id}-report.{format}"'
    return answer
