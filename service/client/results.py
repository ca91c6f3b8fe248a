"""What came out of sweeps, and what they say while they run."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

import httpx

from service.answers.views import Event, LogEntryView, LogPage, SweepView
from service.client.connection import Connection, given
from service.client.events import as_event

if TYPE_CHECKING:
    from pandas import DataFrame


class ResultCalls(Connection):
    """Reports, tables, events, logs."""

    def report(self, sweep_id: int, format: str) -> str:
        """The report as text: table, md, csv, json, tex (LaTeX with booktabs) or html (one file with its figures)."""
        return self.send("GET", f"/api/v1/sweeps/{sweep_id}/report", params={"format": format}).text

    def report_figure(self, sweep_id: int, name: str, format: str = "svg") -> bytes:
        """One figure of the report, arms, landscape or curves, as svg or png."""
        return self.send("GET", f"/api/v1/sweeps/{sweep_id}/report/figures/{name}", params={"format": format}).content

    def compare(self, sweep_ids: Sequence[int], format: str = "table") -> str:
        """Several sweeps side by side, as text: table, md, csv or json."""
        ids = [str(sweep_id) for sweep_id in sweep_ids]
        return self.send("GET", "/api/v1/sweeps/compare", params={"ids": ids, "format": format}).text

    def figure(self, sweep_id: int, name: str, arms: Sequence[str] = ()) -> dict[str, Any]:
        """A plot of the sweep, for `plotly.graph_objects.Figure(…)`; `arms`: only these."""
        params = {"arm": list(arms)}
        found: dict[str, Any] = self.call("GET", f"/api/v1/sweeps/{sweep_id}/figures/{name}", params=params)
        return found

    def export(self, sweep_id: int, file: IO[bytes], format: str = "parquet", epochs: bool = False) -> None:
        """Writes all trials, or with `epochs` all epochs, into `file` as CSV or Parquet, a part at a time."""
        params = {"format": format, "epochs": str(epochs).lower()}
        try:
            with self.stream(f"/api/v1/sweeps/{sweep_id}/trials/export", params) as answer:
                for part in answer.iter_bytes():
                    file.write(part)
        except httpx.TransportError as error:
            raise self.unreachable(error) from error

    def trials_frame(self, sweep_id: int, epochs: bool = False) -> "DataFrame":
        """All trials as a pandas DataFrame, a row a trial; with `epochs` a row an epoch of a network."""
        from pandas import read_parquet  # here: it takes a second

        file = BytesIO()
        self.export(sweep_id, file, epochs=epochs)
        file.seek(0)
        return read_parquet(file)

    def events(self, sweep_id: int, after: int = 0, patience: float = 60.0) -> Iterator[Event]:
        """A sweep's events with ids above `after`, until it has ended. A broken connection is taken up again; a service
        that does not answer is waited for, `patience` seconds."""
        path = f"/api/v1/sweeps/{sweep_id}/events"
        return map(as_event, self.follow(path, str(after), lambda: self._has_ended(sweep_id), patience))

    def team_events(self, after: int | None = None, patience: float = 60.0) -> Iterator[Event]:
        """The events of all the team's sweeps, without end: those with ids above `after`, or from now on."""
        start = None if after is None else str(after)
        return map(as_event, self.follow("/api/v1/events", start, lambda: False, patience))

    def logs(
        self, sweep_id: int, attempt: int | None = None, source: str | None = None, tail: int | None = None
    ) -> Iterator[LogEntryView]:
        """What the sweep's driver, coordinator and lanes have said, in order; or the last `tail` entries.

        `source`: driver, coordinator, lane (all of them) or one lane, such as lane-0.
        """
        params = given(attempt=attempt, source=source, tail=tail)
        path, cursor = f"/api/v1/sweeps/{sweep_id}/logs", None
        while True:
            page = LogPage.model_validate(self.call("GET", path, params=params | given(cursor=cursor)))
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def follow_logs(
        self, sweep_id: int, attempt: int | None = None, source: str | None = None, patience: float = 60.0
    ) -> Iterator[LogEntryView]:
        """The same, and what is said from now on, until the sweep has ended."""
        path, params = f"/api/v1/sweeps/{sweep_id}/logs/stream", given(attempt=attempt, source=source)
        found = self.follow(path, None, lambda: self._has_ended(sweep_id), patience, params)
        return (LogEntryView.model_validate(one.data) for one in found)

    def _has_ended(self, sweep_id: int) -> bool:
        return SweepView.model_validate(self.call("GET", f"/api/v1/sweeps/{sweep_id}")).state.is_final
