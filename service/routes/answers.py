"""A sweep as every route answers with it."""

from fastapi import Request

from service.describe import sweep_view
from service.links import sweep_links
from service.sharing import Sharing
from service.views import SweepView
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord


def shown(request: Request, sweep: SweepRecord) -> SweepView:
    """With its progress, its links and why it waits."""
    request.state.version = sweep.version  # for its ETag
    ledger: Ledger = request.app.state.ledger
    sharing: Sharing = request.app.state.sharing
    return sweep_view(sweep, ledger, sweep_links(request, sweep), sharing.why_pending(sweep))
