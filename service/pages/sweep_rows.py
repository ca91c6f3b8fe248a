"""The rows of the list of sweeps."""

from dataclasses import dataclass

from service.answers.describe import parsed
from service.answers.lists import AskedSweeps
from service.answers.paging import cursor_at
from sweeps.ledger import Ledger
from sweeps.ledger.glances import Glance
from sweeps.ledger.lists import place_of_sweep
from sweeps.ledger.records import SweepHeader

PAGE = 25


@dataclass(frozen=True)
class SweepRow:
    """One sweep as the list shows it."""

    sweep: SweepHeader
    owner: str
    ended: int
    """Trials that have an outcome."""
    trials: int
    arms: int
    metric: str
    best: float | None
    device_seconds: float


@dataclass(frozen=True)
class SweepRows:
    """One page of the list."""

    rows: list[SweepRow]
    next: str | None
    """Cursor of the next page."""


def sweep_rows(ledger: Ledger, team_id: int, asked: AskedSweeps) -> SweepRows:
    found = ledger.lists.sweeps(team_id, asked.wanted, PAGE + 1, asked.after)
    shown = found[:PAGE]
    glances, used = ledger.glances.at(shown), ledger.usage.by_sweep([sweep.id for sweep in shown])
    rows = [_row(sweep, glances[sweep.id], used.get(sweep.id, 0.0)) for sweep in shown if sweep.id in glances]
    after = cursor_at(asked.sort, place_of_sweep(shown[-1], asked.wanted.sort)) if len(found) > PAGE else None
    return SweepRows(rows, after)


def _row(sweep: SweepHeader, glance: Glance, device_seconds: float) -> SweepRow:
    spec = parsed(glance.spec)
    trials = spec.budget.trials * len(spec.compare)
    return SweepRow(
        sweep=sweep,
        owner=glance.owner,
        ended=trials if glance.ended is None else glance.ended,
        trials=trials,
        arms=len(spec.compare),
        metric=spec.metric,
        best=glance.highest if spec.maximise else glance.lowest,
        device_seconds=device_seconds,
    )
