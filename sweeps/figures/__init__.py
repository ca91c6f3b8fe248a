"""What a sweep has found, as figures: computed from the ledger's records, drawn for Plotly.

`draw` answers one of `FIGURES` as plain values, `{"data": …, "layout": …}`, which Plotly takes in a browser and a
notebook alike; `layout.meta` says in words what the figure shows. Each figure is one module
with a `draw` of its own.
"""

from sweeps.figures.compared import draw_comparison as draw_comparison
from sweeps.figures.drawing import Figure as Figure
from sweeps.figures.gallery import FIGURES as FIGURES
from sweeps.figures.gallery import FigureName as FigureName
from sweeps.figures.gallery import Kind as Kind
from sweeps.figures.gallery import draw as draw
