"""A row an epoch of a network: what it measured, beside its trial's configuration."""

from collections.abc import Iterator

from sweeps.export.table import Column, Kind, Row, Table, configuration_columns, configured
from sweeps.ledger import Ledger
from sweeps.ledger.records import EpochRecord, TrialRecord
from sweeps.spec import SweepSpec

FIRST: dict[str, Kind] = {
    "sweep": "int",
    "trial": "int",
    "arm": "text",
    "phase": "text",
    "seed": "int",
    "epoch": "int",
    "at": "time",
}
TRIALS_AT_ONCE = 500


def epoch_table(ledger: Ledger, sweep_id: int) -> Table:
    """Every epoch by trial, phase, seed and epoch. Raises NoSuchSweep."""
    spec = SweepSpec.model_validate(ledger.sweeps.get(sweep_id).spec)
    names = [arm.label() for arm in spec.compare]
    metrics = sorted({name for part in ledger.exports.epochs(sweep_id) for epoch in part for name in epoch.metrics})
    columns = [Column(name, kind) for name, kind in FIRST.items()]
    columns += [Column(name, "float") for name in metrics]
    return Table(columns + configuration_columns(spec), _parts(ledger, sweep_id, names))


def _parts(ledger: Ledger, sweep_id: int, names: list[str]) -> Iterator[list[Row]]:
    trials: dict[int, TrialRecord] = {}  # a stretch of them, as epochs come by trial
    for part in ledger.exports.epochs(sweep_id):
        rows = []
        for epoch in part:
            if epoch.trial not in trials:
                stretch = ledger.trials.page(sweep_id, TRIALS_AT_ONCE, epoch.trial - 1)
                trials = {trial.number: trial for trial in stretch}
            rows.append(_row(sweep_id, epoch, trials[epoch.trial], names))
        yield rows


def _row(sweep_id: int, epoch: EpochRecord, trial: TrialRecord, names: list[str]) -> Row:
    row: Row = {name: getattr(epoch, name) for name in ("trial", "phase", "seed", "epoch", "at")}
    return row | {"sweep": sweep_id, "arm": names[trial.arm]} | epoch.metrics | configured(trial.configuration)
