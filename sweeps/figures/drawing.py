"""What a figure is made of, and the plain values that Plotly takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from sweeps.frozen import Frozen

Trace = dict[str, Any]
Layout = dict[str, Any]
Cell = str | int | float | None

ROWS = 50
"""Rows of a table that stands for a figure."""
FONT: dict[str, Any] = {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 12}
GREY = "#808080"
"""Of what belongs to no arm; it stands out on white and on dark."""


class Table(Frozen):
    """A figure's numbers, for who cannot see it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """The first 50."""


class Told(Frozen):
    """A figure in words."""

    name: str = Field(examples=["history"])
    title: str
    shows: str
    """What every such figure shows, in one sentence."""
    summary: str
    """What this one shows."""
    notes: tuple[str, ...]
    """What is left out, thinned or assumed."""
    empty: str | None
    """What is missing, where there is nothing to draw yet."""
    table: Table


class Figure(Frozen):
    """For `Plotly.newPlot` or `plotly.graph_objects.Figure`."""

    data: list[Trace]
    """Traces."""
    layout: Layout
    """With the figure in words under `meta`: name, title, shows, summary, notes, empty, table."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What one module draws; the gallery puts name, title and sentence to it."""

    data: Sequence[Trace] = ()
    layout: Layout | None = None
    summary: str = ""
    notes: Sequence[str] = ()
    empty: str | None = None
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()


def nothing(missing: str, notes: Sequence[str] = ()) -> Drawing:
    """The drawing where there is nothing to draw; `missing` says why, and when there will be."""
    return Drawing(empty=missing, notes=notes)


def plotly_figure(name: str, title: str, shows: str, drawn: Drawing) -> Figure:
    """The drawing as Plotly takes it."""
    table = Table(columns=tuple(drawn.columns), rows=tuple(tuple(row) for row in drawn.rows[:ROWS]))
    told = Told(
        name=name,
        title=title,
        shows=shows,
        summary=drawn.summary or drawn.empty or "",
        notes=tuple(drawn.notes),
        empty=drawn.empty,
        table=table,
    )
    layout = BASE | (drawn.layout or EMPTY) | {"meta": told.model_dump(mode="json")}
    return Figure(data=list(drawn.data), layout=layout)


BASE: Layout = {
    "font": FONT,
    "margin": {"l": 64, "r": 24, "t": 24, "b": 56},
    "hovermode": "closest",
    "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0.0},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
}
EMPTY: Layout = {"height": 120, "xaxis": {"visible": False}, "yaxis": {"visible": False}}
