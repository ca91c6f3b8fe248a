"""A sweep as every route answers with it: whole, with its links, and with the version that its ETag carries."""

from fastapi import Request

from service.describe import sweep_view
from service.links import sweep_links
from service.views import SweepView
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord


def shown_sweep(request: Request, ledger: Ledger, sweep: SweepRecord) -> SweepView:
    """As of now."""
    request.state.version = sweep.version
    return sweep_view(sweep, ledger, sweep_links(request, sweep))
