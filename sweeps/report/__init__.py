"""The sweep's result: a table of arms with mean ± standard deviation over the confirmation seeds, and where it is from.

`build_report` reads the ledger; `render` writes the report as an aligned table, Markdown, CSV or JSON.
"""

from sweeps.report.build import build_report as build_report
from sweeps.report.models import ArmReport as ArmReport
from sweeps.report.models import Difference as Difference
from sweeps.report.models import Provenance as Provenance
from sweeps.report.models import Report as Report
from sweeps.report.models import SeedResult as SeedResult
from sweeps.report.render import FORMATS as FORMATS
from sweeps.report.render import Format as Format
from sweeps.report.render import render as render
from sweeps.report.statistics import Summary as Summary
