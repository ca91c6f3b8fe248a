"""The sweep's result: a table of arms with mean ± standard deviation over the confirmation seeds, and where it is from.

`build_report` reads the ledger; `write_report` writes the report as an aligned table, Markdown, CSV, JSON, LaTeX or one
HTML file with its figures, `draw_figure` one figure. `render` is for formats that need nothing but the report.
"""

from sweeps.report.build import build_report as build_report
from sweeps.report.drawing import FIGURES as FIGURES
from sweeps.report.drawing import FigureFormat as FigureFormat
from sweeps.report.drawing import FigureName as FigureName
from sweeps.report.models import ArmReport as ArmReport
from sweeps.report.models import Difference as Difference
from sweeps.report.models import Provenance as Provenance
from sweeps.report.models import Report as Report
from sweeps.report.models import SeedResult as SeedResult
from sweeps.report.page import report_article as report_article
from sweeps.report.render import FORMATS as FORMATS
from sweeps.report.render import Format as Format
from sweeps.report.render import render as render
from sweeps.report.statistics import Summary as Summary
from sweeps.report.written import REPORT_FORMATS as REPORT_FORMATS
from sweeps.report.written import ReportFormat as ReportFormat
from sweeps.report.written import draw_figure as draw_figure
from sweeps.report.written import write_report as write_report
