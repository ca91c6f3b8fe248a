"""Sweeps and their trials: posted, listed, shown, changed."""

import time
from collections.abc import Iterator, Sequence

from service.answers.views import (
    InheritedView,
    LaneView,
    ReconciliationView,
    SweepSummary,
    SweepView,
    TrialSummary,
    TrialView,
    ValidatedView,
)
from service.client.connection import Connection, Document, given

RECONCILIATION_POLL_SECONDS = 0.3


class SweepCalls(Connection):
    """What a team does with its sweeps.

    What changes a sweep takes `if_version`, the `version` with which it was last seen: a ServiceProblem of status 412
    says that nothing was done, because people have changed it since, or its state has moved.
    """

    def submit(
        self, document: object, priority: int = 0, labels: str | Sequence[str] = (), note: str | None = None
    ) -> SweepView:
        """Posts a specification. `priority`: sweeps of a higher one come first; above 0 only from an operator."""
        params: dict[str, str | list[str]] = {"label": _list(labels), **given(priority=priority or None, note=note)}
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

    def stop(self, sweep_id: int, if_version: int | None = None) -> SweepView:
        """Asks for an orderly end."""
        return self._act(sweep_id, "stop", None, if_version)

    def pause(self, sweep_id: int, if_version: int | None = None) -> SweepView:
        """Frees the devices; the sweep goes on when it is resumed."""
        return self._act(sweep_id, "pause", None, if_version)

    def resume(self, sweep_id: int, if_version: int | None = None) -> SweepView:
        """Queues a paused, stopped or failed sweep again."""
        return self._act(sweep_id, "resume", None, if_version)

    def extend(self, sweep_id: int, trials: int, if_version: int | None = None) -> SweepView:
        """Raises the budget to `trials` for each arm."""
        return self._act(sweep_id, "extend", {"trials": trials}, if_version)

    def enqueue(self, sweep_id: int, arm: str, configuration: Document, if_version: int | None = None) -> SweepView:
        """Lets an arm try a configuration before what its sampler suggests."""
        return self._act(sweep_id, "enqueue", {"arm": arm, "configuration": configuration}, if_version)

    def lanes(
        self, sweep_id: int, lanes: int | str, trials_per_lane: int | str = "auto", if_version: int | None = None
    ) -> SweepView:
        """Changes how many lanes the sweep has, also while it runs."""
        return self._act(sweep_id, "lanes", {"lanes": lanes, "trials_per_lane": trials_per_lane}, if_version)

    def prioritise(self, sweep_id: int, priority: int, if_version: int | None = None) -> SweepView:
        """Lets a sweep come before or after others."""
        return self._act(sweep_id, "priority", {"priority": priority}, if_version)

    def retry(self, sweep_id: int, if_version: int | None = None) -> SweepView:
        """Trains every failed trial again."""
        return self._act(sweep_id, "retry", None, if_version)

    def clone(
        self,
        sweep_id: int,
        changes: Document | None = None,
        labels: str | Sequence[str] = (),
        note: str | None = None,
        priority: int = 0,
        if_version: int | None = None,
        trial: int | None = None,
    ) -> SweepView:
        """Posts a sweep's specification anew, or one `trial` of it alone, with `changes`, a JSON merge patch, to it."""
        wanted = {"changes": changes or {}, "labels": _list(labels), "note": note, "priority": priority, "trial": trial}
        return self._act(sweep_id, "clone", wanted, if_version)

    def label(self, sweep_id: int, labels: str | Sequence[str], if_version: int | None = None) -> SweepView:
        """Gives the sweep these labels, or this one, in place of those it has; none removes them."""
        return self._change(sweep_id, {"labels": _list(labels)}, if_version)

    def note(self, sweep_id: int, note: str | None, if_version: int | None = None) -> SweepView:
        """Writes a note to the sweep; None removes it."""
        return self._change(sweep_id, {"note": note}, if_version)

    def archive(self, sweep_id: int, archived: bool = True, if_version: int | None = None) -> SweepView:
        """Hides a sweep that has ended from lists, or shows it again."""
        return self._change(sweep_id, {"archived": archived}, if_version)

    def delete(self, sweep_id: int, keep_runs: bool = False, if_version: int | None = None) -> None:
        """Deletes a sweep that has ended, for good, and marks its MLflow runs deleted unless they are kept."""
        params = {"keep_runs": str(keep_runs).lower()}
        self.send("DELETE", f"/api/v1/sweeps/{sweep_id}", params=params, headers=_if(if_version))

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

    def _act(self, sweep_id: int, verb: str, body: Document | None = None, if_version: int | None = None) -> SweepView:
        answer = self.send("POST", f"/api/v1/sweeps/{sweep_id}/{verb}", json=body, headers=_if(if_version))
        return SweepView.model_validate(answer.json())

    def _change(self, sweep_id: int, remarks: Document, if_version: int | None) -> SweepView:
        answer = self.send("PATCH", f"/api/v1/sweeps/{sweep_id}", json=remarks, headers=_if(if_version))
        return SweepView.model_validate(answer.json())


def _list(labels: str | Sequence[str]) -> list[str]:
    """A text is one label, not one a letter."""
    return [labels] if isinstance(labels, str) else list(labels)


def _if(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'"{version}-"'}
