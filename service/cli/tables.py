"""Tables without lines, and the one of trials."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from service.cli.formatting import ago, duration, number

if TYPE_CHECKING:
    from service.answers.views import LaneView, TrialSummary


def table(*columns: str) -> Table:
    """An empty one with these columns."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        made.add_column(column, overflow="fold")  # nothing is cut off, however narrow the terminal
    return made


def trial_list(trials: Sequence["TrialSummary"]) -> RenderableType:
    """A row a trial."""
    shown = table("trial", "arm", "state", "value", "epochs", "device time", "configuration", "reason")
    for trial in trials:
        value = number(trial.value) if trial.spread is None else f"{number(trial.value)} ± {number(trial.spread)}"
        configuration = ", ".join(f"{path} {_configured(one)}" for path, one in trial.configuration.items())
        shown.add_row(
            *(str(trial.number), trial.arm, trial.state, value, str(trial.epoch), duration(trial.device_seconds)),
            *(Text(configuration), Text(_first_line(trial.reason))),
        )
    return shown if shown.row_count else Text("no such trials yet")


def lane_list(lanes: Sequence["LaneView"]) -> RenderableType:
    """A row a lane."""
    shown = table("lane", "attempt", "trains", "networks so far", "first", "last")
    for lane in lanes:
        times = (ago(lane.since), "now" if lane.training else ago(lane.until))
        shown.add_row(lane.lane, str(lane.attempt), str(lane.training), str(lane.networks), *times)
    return shown if shown.row_count else Text("no lane has trained anything yet")


def _configured(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _first_line(text: str | None) -> str:
    return text.splitlines()[0] if text else ""
