"""The report's figures, drawn by matplotlib: for paper, so small, quiet and the same each time they are drawn.

`measure` reads what they show from the ledger; `draw` makes one an SVG or PNG. matplotlib takes a third of a second to
import, so it is imported where a figure is asked for.
"""

from sweeps.report.drawing.draw import draw as draw
from sweeps.report.drawing.draw import inline as inline
from sweeps.report.drawing.measured import ArmMeasured as ArmMeasured
from sweeps.report.drawing.measured import Measured as Measured
from sweeps.report.drawing.measured import measure as measure
from sweeps.report.drawing.names import FIGURES as FIGURES
from sweeps.report.drawing.names import TITLES as TITLES
from sweeps.report.drawing.names import FigureFormat as FigureFormat
from sweeps.report.drawing.names import FigureName as FigureName
