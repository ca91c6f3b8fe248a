"""A sweep's trials as one file."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from service.dependencies import ExistingSweep, TheLedger
from service.routes.refusals import Responses, refusals
from sweeps.export import Table, csv_parts, epoch_table, parquet_parts, trial_table

router = APIRouter(prefix="/sweeps/{sweep_id}", tags=["trials"])

ExportFormat = Literal["csv", "parquet"]

MEDIA: dict[ExportFormat, str] = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
WRITERS: dict[ExportFormat, Callable[[Table], Iterator[bytes]]] = {"csv": csv_parts, "parquet": parquet_parts}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
FILES: Responses = {
    200: {
        "description": "The file, sent while it is written.",
        "content": {"text/csv": {"schema": {"type": "string"}}, MEDIA["parquet"]: BINARY},
    }
}


@router.get(
    "/trials/export",
    response_class=StreamingResponse,
    response_model=None,
    responses=FILES | refusals(401, 404, 422),
)
def export_trials(
    sweep: ExistingSweep,
    ledger: TheLedger,
    format: Annotated[
        ExportFormat, Query(description="CSV for spreadsheets, Parquet for pandas, R and Arrow.")
    ] = "csv",
    epochs: Annotated[bool, Query(description="A row an epoch of a network instead of a row a trial.")] = False,
) -> StreamingResponse:
    """All trials as one flat table: a column for every path of a configuration (`configuration.learning_rate`), value,
    spread, states, times, and every metric of every seed (`validation_accuracy.seed-0`). With `epochs` a row is what
    one network measured after one epoch.
    """
    table = (epoch_table if epochs else trial_table)(ledger, sweep.id)
    name = f"sweep-{sweep.id}-{'epochs' if epochs else 'trials'}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(WRITERS[format](table), media_type=MEDIA[format], headers=headers)
