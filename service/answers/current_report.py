"""A sweep's report as of now, and that of several."""

from collections.abc import Sequence

from sweeps.comparison import Comparison, build_comparison
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord
from sweeps.report import Report, build_report


def current_report(ledger: Ledger, sweep_id: int, with_differences: bool = True) -> Report:
    """Figures from the ledger; versions and commit are those that the sweep ran with, once it has stored them."""
    report = build_report(ledger, sweep_id, with_differences=with_differences)
    stored = ledger.sweeps.report(sweep_id)
    if stored is None:
        return report
    return report.model_copy(update={"provenance": Report.model_validate(stored).provenance})


def current_comparison(ledger: Ledger, sweeps: Sequence[SweepRecord]) -> Comparison:
    """Several sweeps side by side, as of now."""
    return build_comparison([current_report(ledger, sweep.id, with_differences=False) for sweep in sweeps])
