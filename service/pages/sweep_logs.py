"""A sweep's log for its page: the last entries, and then what is said."""

from fastapi import APIRouter
from starlette.responses import Response

from service.answers.paging import Limit
from service.pages.dependencies import PageSweep
from service.routes.logs import Source, Start, Tail, TheLogs, read_logs
from service.streams.log_pages import Wanted

router = APIRouter(prefix="/sweeps/{sweep_id}", include_in_schema=False)


@router.get("/logs")
def read_page_logs(
    sweep: PageSweep, logs: TheLogs, position: Start, source: Source = None, limit: Limit = 500, tail: Tail = None
) -> Response:
    """As JSON."""
    found = read_logs(Wanted(sweep.id, None, source), logs, position, limit, tail)
    return Response(found.model_dump_json(), media_type="application/json")
