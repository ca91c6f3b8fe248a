"""A sweep as every route answers with it."""

from fastapi import Request

from service.answers.describe import sweep_view
from service.answers.links import sweep_links
from service.answers.views import SweepView
from service.control.sharing import Sharing
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord


def shown(request: Request, sweep: SweepRecord) -> SweepView:
    """With its progress, its links and why it waits."""
    request.state.version = sweep.version  # for its ETag
    ledger: Ledger = request.app.state.ledger
    sharing: Sharing = request.app.state.sharing
    return sweep_view(sweep, ledger, sweep_links(request, sweep), sharing.why_pending(sweep))
