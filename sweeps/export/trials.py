"""A row a trial: its configuration, its outcome, its times, and what each of its networks measured at the end."""

from collections.abc import Iterator

from sweeps.export.table import Column, Kind, Row, Table, configuration_columns, configured
from sweeps.ledger import Ledger
from sweeps.ledger.exports import TrialWithMembers
from sweeps.spec import SweepSpec

FIRST: dict[str, Kind] = {
    "sweep": "int",
    "trial": "int",
    "arm": "text",
    "arm_number": "int",
    "state": "text",
    "origin": "text",
    "value": "float",
    "spread": "float",
    "epoch": "int",
    "attempt": "int",
    "device_seconds": "float",
    "created_at": "time",
    "started_at": "time",
    "finished_at": "time",
    "heard": "int",
    "told": "int",
    "tracking": "text",
    "reason": "text",
}


def trial_table(ledger: Ledger, sweep_id: int) -> Table:
    """Every trial by number. Raises NoSuchSweep.

    The sweep is read twice: which metrics its networks have is known when all were seen.
    """
    spec = SweepSpec.model_validate(ledger.sweeps.get(sweep_id).spec)
    names = [arm.label() for arm in spec.compare]
    columns = [Column(name, kind) for name, kind in FIRST.items()]
    columns += [Column(f"objective.{name}", "float") for name in spec.objectives[1:]]
    columns += [*configuration_columns(spec), *_measured(ledger, sweep_id)]
    return Table(columns, ([_row(one, names) for one in part] for part in ledger.exports.trials(sweep_id)))


def _measured(ledger: Ledger, sweep_id: int) -> Iterator[Column]:
    """A column for each metric and seed, those of the search first."""
    found = {
        (member.phase != "search", name, member.seed)
        for part in ledger.exports.trials(sweep_id)
        for _, members in part
        for member in members
        for name in member.metrics or {}
    }
    for _, name, seed in sorted(found):
        yield Column(_metric(name, seed), "float")


def _metric(name: str, seed: int) -> str:
    return f"{name}.seed-{seed}"


def _row(one: TrialWithMembers, names: list[str]) -> Row:
    trial, members = one
    row: Row = {name: getattr(trial, name) for name in FIRST if hasattr(trial, name)}
    row |= {"sweep": trial.sweep_id, "trial": trial.number, "arm": names[trial.arm], "tracking": trial.tracking_id}
    row |= {f"objective.{name}": value for name, value in (trial.objectives or {}).items()}
    row |= {_metric(name, m.seed): value for m in members for name, value in (m.metrics or {}).items()}
    return row | configured(trial.configuration)
