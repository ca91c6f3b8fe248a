"""Addresses that a sweep's answer leads on to."""

from fastapi import Request

from service.answers.views import Links
from sweeps.ledger.records import SweepRecord
from sweeps.redaction import without_userinfo


def sweep_links(request: Request, sweep: SweepRecord) -> Links:
    """Absolute, as the caller reached us."""
    base = str(request.base_url).rstrip("/")
    own = f"{base}/api/v1/sweeps/{sweep.id}"
    return Links(
        self=own,
        trials=f"{own}/trials",
        report=f"{own}/report",
        events=f"{own}/events",
        stop=f"{own}/stop",
        docs=f"{base}/docs",
        tracking=tracking_link(request, sweep.tracking_id),
    )


def reconciliation_link(request: Request, sweep: SweepRecord, number: int) -> str:
    return f"{sweep_links(request, sweep).self}/reconciliations/{number}"


def tracking_link(request: Request, run: str | None) -> str | None:
    """A run's page in MLflow; it finds the experiment by itself."""
    return f"{without_userinfo(request.app.state.settings.tracking_url)}/#/runs/{run}" if run else None
