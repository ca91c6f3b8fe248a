"""A sweep's progress as it goes: bars in a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from service.cli.formatting import duration, number, run_time
from service.cli.tables import trial_list
from service.cli.training import training_now

if TYPE_CHECKING:
    from service.answers.views import ArmView, SweepView
    from service.client import Client

POLL_SECONDS = 0.5
LINE_SECONDS = 3.0
LATEST = 5
PATIENCE_SECONDS = 60.0
"""How long a service that is being started again is waited for."""


def watch(client: "Client", sweep_id: int, console: Console) -> "SweepView":
    """Follows a sweep until it has ended; returns it as it then stands."""
    views = _views(client, sweep_id)
    return _live(client, views, console) if console.is_terminal else _plain(client, views, console)


def progress(sweep: "SweepView") -> RenderableType:
    """A bar an arm, with what it has found so far."""
    table = Table(box=None, padding=(0, 1), title=_headline(sweep), title_justify="left", title_style="")
    for name in ("arm", "", "done", "pruned", "diverged", "failed", "best", "trials/s", "left"):
        table.add_column(name, justify="left" if name in ("arm", "") else "right", header_style="dim")
    for arm in sweep.arms:
        table.add_row(arm.name, ProgressBar(total=arm.budget, completed=arm.done, width=30), *_cells(arm))
    return table


def _cells(arm: "ArmView") -> list[Text]:
    return [
        Text(f"{arm.done}/{arm.budget}"),
        Text(str(arm.pruned)),
        Text(str(arm.diverged), style="yellow" if arm.diverged else ""),
        Text(str(arm.failed), style="red" if arm.failed else ""),
        Text(number(arm.best_value), style="bold"),
        Text(number(arm.trials_per_second)),
        Text(duration(arm.seconds_left)),
    ]


def _headline(sweep: "SweepView") -> str:
    parts = [f"sweep {sweep.id} {sweep.name!r}: {sweep.state}"]
    if sweep.started_at:
        parts.append(f"ran {run_time(sweep)}")
    if sweep.why_pending:
        parts.append(sweep.why_pending)
    if sweep.confirmation.networks:
        parts.append(f"confirmation {sweep.confirmation.done}/{sweep.confirmation.networks} networks")
    if sweep.attempt > 1:
        parts.append(f"attempt {sweep.attempt}")
    return " · ".join(parts)


def _live(client: "Client", views: Iterator["SweepView"], console: Console) -> "SweepView":
    with Live(console=console, auto_refresh=False) as live:
        for sweep in views:
            now = training_now(client, sweep)
            live.update(Group(progress(sweep), *([Text(now)] if now else []), *_latest(client, sweep)), refresh=True)
    return sweep


def _latest(client: "Client", sweep: "SweepView") -> list[RenderableType]:
    """A small table of the trials that ended last."""
    from service.client import ServiceUnreachable

    try:
        trials = list(client.trials(sweep.id, LATEST, sort="-finished"))
    except ServiceUnreachable:  # it restarts: the bars wait for it, too
        return []
    return [Text("ended last", style="dim"), trial_list(trials)] if trials else []


def _plain(client: "Client", views: Iterator["SweepView"], console: Console) -> "SweepView":
    """A line whenever something has changed, at most one every few seconds while only counts and epochs change."""
    last: tuple[object, ...] = ()
    told = 0.0
    for sweep in views:
        if _standing(sweep)[:1] == last[:1] and time.monotonic() - told < LINE_SECONDS:
            continue
        training = training_now(client, sweep)
        now = (*_standing(sweep), training)
        if now != last:
            line = " · ".join([_line(sweep), *([training] if training else [])])
            console.print(line, soft_wrap=True, markup=False, highlight=False)
            last, told = now, time.monotonic()
    return sweep


def _standing(sweep: "SweepView") -> tuple[object, ...]:
    """What is worth a line when it changes: the state first, then the counts."""
    return sweep.state, sweep.confirmation.done, *((arm.done, arm.best_value) for arm in sweep.arms)


def _line(sweep: "SweepView") -> str:
    arms = [f"{arm.name} {arm.done}/{arm.budget} best {number(arm.best_value)}" for arm in sweep.arms]
    return f"{_headline(sweep)} · {' · '.join(arms)}"


def _views(client: "Client", sweep_id: int) -> Iterator["SweepView"]:
    """The sweep again and again, its final state last. A service that restarts is waited for."""
    from service.client import ServiceUnreachable

    seen = time.monotonic()
    while True:
        try:
            sweep = client.sweep(sweep_id)
        except ServiceUnreachable:
            if time.monotonic() - seen > PATIENCE_SECONDS:
                raise
        else:
            seen = time.monotonic()
            yield sweep
            if sweep.state.is_final:
                return
        time.sleep(POLL_SECONDS)


def follow_as_json(client: "Client", sweep_id: int) -> "SweepView":
    """Prints the sweep as one line of JSON whenever it has changed."""
    last = ""
    for sweep in _views(client, sweep_id):
        line = sweep.model_dump_json()
        if line != last:
            print(line, flush=True)
            last = line
    return sweep
