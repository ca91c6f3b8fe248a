"""A plan as people read it: what is trained, how long it takes, and what that rests on."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.cli.formatting import duration, number

if TYPE_CHECKING:
    from sweeps.planning.models import Plan, PlannedArm


def planned(plan: "Plan") -> RenderableType:
    """A row an arm, and in all."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("arm")
    for title in ("trials", "networks", "epochs", "shapes", "multiply-adds a step", "device time"):
        table.add_column(title, justify="right")
    for arm in plan.arms:
        networks = f"{arm.search_networks} + {arm.confirmation_networks}"
        shapes = str(len(arm.shapes))
        table.add_row(
            arm.name, str(arm.trials), networks, str(arm.epochs), shapes, _range(arm), duration(arm.device_seconds)
        )
    total = (str(plan.trials), str(plan.networks), str(plan.epochs), str(plan.populations), "")
    table.add_row("in all", *total, duration(plan.device_seconds), style="bold")
    return Group(table, *(Text(line) for line in _notes(plan)))


def _range(arm: "PlannedArm") -> str:
    costs = sorted({shape.multiply_adds for shape in arm.shapes})
    return number(costs[0]) if len(costs) == 1 else f"{number(costs[0])} to {number(costs[-1])}"


def _notes(plan: "Plan") -> list[str]:
    most = "at most " if plan.is_upper_bound else ""
    hours = f"{most}{plan.device_hours:.2g} device hours"
    if plan.wall_seconds is None:
        lines = [
            f"{hours}; how long that takes is known when the cluster answers, or with `lanes` in the specification"
        ]
    else:
        lanes = f"{plan.lanes} lane{'' if plan.lanes == 1 else 's'}"
        lines = [f"{hours}; {most}{duration(plan.wall_seconds)} with {lanes} on a free cluster"]
    if plan.is_upper_bound:
        lines.append("Pruning makes it less; how much is not predicted.")
    return [*lines, *(f"Rests on: {basis.words}." for basis in plan.basis)]
