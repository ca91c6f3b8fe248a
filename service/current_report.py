"""A sweep's report as of now."""

from sweeps.ledger import Ledger
from sweeps.report import Report, build_report


def current_report(ledger: Ledger, sweep_id: int) -> Report:
    """Figures from the ledger; versions and commit are those that the sweep ran with, once it has stored them."""
    report = build_report(ledger, sweep_id)
    stored = ledger.sweeps.report(sweep_id)
    if stored is None:
        return report
    return report.model_copy(update={"provenance": Report.model_validate(stored).provenance})
