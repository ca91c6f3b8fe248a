"""Several sweeps side by side: their arms, which differences the seeds support, and how the specifications differ.

`build_comparison` takes reports; `render_comparison` writes the result as the report is written.
"""

from sweeps.comparison.build import build_comparison as build_comparison
from sweeps.comparison.models import ComparedArm as ComparedArm
from sweeps.comparison.models import ComparedSweep as ComparedSweep
from sweeps.comparison.models import Comparison as Comparison
from sweeps.comparison.models import SpecifiedDifference as SpecifiedDifference
from sweeps.comparison.render import render_comparison as render_comparison
