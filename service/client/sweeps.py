"""Sweeps and their trials: posted, listed, shown, changed."""

import time
from collections.abc import Iterator, Sequence

from service.client.connection import Connection, Document, given
from service.views import (
    InheritedView,
    LaneView,
    ReconciliationView,
    SweepSummary,
    SweepView,
    TrialSummary,
    TrialView,
    ValidatedView,
)

RECONCILIATION_POLL_SECONDS = 0.3


class SweepCalls(Connection):
    """What a team does with its sweeps."""

    def submit(self, document: object, priority: int = 0) -> SweepView:
        """Posts a specification. `priority`: sweeps of a higher one come first; above 0 only from an operator."""
        params = {"priority": str(priority)} if priority else None
        return SweepView.model_validate(self.call("POST", "/api/v1/sweeps", json=document, params=params))

    def validate(self, document: object) -> ValidatedView:
        """Checks a specification; returns it resolved, with its plan."""
        return ValidatedView.model_validate(self.call("POST", "/api/v1/sweeps/validate", json=document))

    def sweeps(self, limit: int = 1_000_000, archived: bool = False, **wanted: str) -> Iterator[SweepSummary]:
        """The team's sweeps, newest first, page by page; the archived ones instead of the others.

        `wanted` filters and sorts, as `state="running"` or `sort="-name"`.
        """
        for item in self.items("/api/v1/sweeps", limit, {"archived": str(archived).lower(), **wanted}):
            yield SweepSummary.model_validate(item)

    def sweep(self, sweep_id: int) -> SweepView:
        return SweepView.model_validate(self.call("GET", f"/api/v1/sweeps/{sweep_id}"))

    def trials(
        self, sweep_id: int, limit: int = 1_000_000, arm: str | None = None, state: str | None = None, **wanted: str
    ) -> Iterator[TrialSummary]:
        """A sweep's trials by number, page by page; of one arm, in one state.

        `wanted` filters and sorts further, as `origin="enqueued"` or `sort="-value"`.
        """
        for item in self.items(f"/api/v1/sweeps/{sweep_id}/trials", limit, given(arm=arm, state=state) | wanted):
            yield TrialSummary.model_validate(item)

    def inherited(self, sweep_id: int) -> Iterator[InheritedView]:
        """The trials of earlier sweeps with which the sweep's samplers began, page by page."""
        for item in self.items(f"/api/v1/sweeps/{sweep_id}/inherited", 1_000_000):
            yield InheritedView.model_validate(item)

    def trial(self, sweep_id: int, number: int) -> TrialView:
        return TrialView.model_validate(self.call("GET", f"/api/v1/sweeps/{sweep_id}/trials/{number}"))

    def list_lanes(self, sweep_id: int) -> list[LaneView]:
        """The lanes that have trained the sweep's networks."""
        found = self.call("GET", f"/api/v1/sweeps/{sweep_id}/lanes")
        return [LaneView.model_validate(one) for one in found]

    def stop(self, sweep_id: int) -> SweepView:
        """Asks for an orderly end."""
        return self._act(sweep_id, "stop")

    def pause(self, sweep_id: int) -> SweepView:
        """Frees the devices; the sweep goes on when it is resumed."""
        return self._act(sweep_id, "pause")

    def resume(self, sweep_id: int) -> SweepView:
        """Queues a paused, stopped or failed sweep again."""
        return self._act(sweep_id, "resume")

    def extend(self, sweep_id: int, trials: int) -> SweepView:
        """Raises the budget to `trials` for each arm."""
        return self._act(sweep_id, "extend", {"trials": trials})

    def enqueue(self, sweep_id: int, arm: str, configuration: Document) -> SweepView:
        """Lets an arm try a configuration before what its sampler suggests."""
        return self._act(sweep_id, "enqueue", {"arm": arm, "configuration": configuration})

    def lanes(self, sweep_id: int, lanes: int | str, trials_per_lane: int | str = "auto") -> SweepView:
        """Changes how many lanes the sweep has, also while it runs."""
        return self._act(sweep_id, "lanes", {"lanes": lanes, "trials_per_lane": trials_per_lane})

    def prioritise(self, sweep_id: int, priority: int) -> SweepView:
        """Lets a sweep come before or after others."""
        return self._act(sweep_id, "priority", {"priority": priority})

    def retry(self, sweep_id: int) -> SweepView:
        """Trains every failed trial again."""
        return self._act(sweep_id, "retry")

    def clone(
        self, sweep_id: int, changes: Document | None = None, labels: Sequence[str] = (), note: str | None = None
    ) -> SweepView:
        """Posts a sweep's specification anew, with `changes`, a JSON merge patch, to it."""
        return self._act(sweep_id, "clone", {"changes": changes or {}, "labels": list(labels), "note": note})

    def label(self, sweep_id: int, labels: Sequence[str]) -> SweepView:
        """Gives the sweep these labels in place of those it has."""
        return self._change(sweep_id, {"labels": list(labels)})

    def note(self, sweep_id: int, note: str | None) -> SweepView:
        """Writes a note to the sweep; None removes it."""
        return self._change(sweep_id, {"note": note})

    def archive(self, sweep_id: int, archived: bool = True) -> SweepView:
        """Hides a sweep that has ended from lists, or shows it again."""
        return self._change(sweep_id, {"archived": archived})

    def delete(self, sweep_id: int, keep_runs: bool = False) -> None:
        """Deletes a sweep that has ended, for good, and marks its MLflow runs deleted unless they are kept."""
        self.send("DELETE", f"/api/v1/sweeps/{sweep_id}", params={"keep_runs": str(keep_runs).lower()})

    def reconcile(self, sweep_id: int, mend: bool = False, patience: float = 600.0) -> ReconciliationView:
        """Compares ledger, MLflow and storage; with `mend` puts the latter two right.

        Returns what the tracking process has found, or the request as it stands where that takes above `patience` s.
        """
        path = f"/api/v1/sweeps/{sweep_id}"
        asked = ReconciliationView.model_validate(self.call("POST", f"{path}/reconcile", json={"mend": mend}))
        deadline = time.monotonic() + patience
        while asked.state == "waiting" and time.monotonic() < deadline:
            time.sleep(RECONCILIATION_POLL_SECONDS)
            found = self.call("GET", f"{path}/reconciliations/{asked.number}")
            asked = ReconciliationView.model_validate(found)
        return asked

    def _act(self, sweep_id: int, verb: str, body: Document | None = None) -> SweepView:
        return SweepView.model_validate(self.call("POST", f"/api/v1/sweeps/{sweep_id}/{verb}", json=body))

    def _change(self, sweep_id: int, remarks: Document) -> SweepView:
        return SweepView.model_validate(self.call("PATCH", f"/api/v1/sweeps/{sweep_id}", json=remarks))
