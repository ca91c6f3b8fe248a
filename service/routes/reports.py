"""A sweep's report, in the format that the caller asks for."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from service.current_report import current_report
from service.dependencies import ExistingSweep, TheLedger
from service.routes.refusals import Responses, refusals
from sweeps.report import Format, Report, render

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["sweeps"])

MEDIA: dict[Format, str] = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "table": "text/plain; charset=utf-8",
}
TEXT: dict[str, Any] = {"schema": {"type": "string"}}
IN_EVERY_FORMAT: Responses = {
    200: {
        "model": Report,
        "description": "The report.",
        "content": {"text/markdown": TEXT, "text/csv": TEXT, "text/plain": TEXT},
    }
}


@router.get("/report", response_model=None, responses=IN_EVERY_FORMAT | refusals(401, 404, 422))
def show_report(
    sweep: ExistingSweep,
    ledger: TheLedger,
    format: Annotated[Format | None, Query(description="Goes before the Accept header.")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """The table that the sweep was run for. It can be asked for at any time; an unfinished sweep's says so."""
    chosen = format or accepted(accept)
    return Response(render(current_report(ledger, sweep.id), chosen), media_type=MEDIA[chosen])


def accepted(header: str) -> Format:
    """The first format that an Accept header names; JSON where it names none."""
    for entry in header.split(","):
        wanted = entry.split(";")[0].strip().lower()
        for format, media in MEDIA.items():
            if wanted == media.split(";")[0]:
                return format
    return "json"
