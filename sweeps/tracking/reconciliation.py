"""Reconciliation: compares everything that was made from the ledger with it, and puts it right.

Used by the tracking process alone, in the thread that delivers, so that nobody else writes meanwhile. Every step may be
repeated: one that was cut off is carried out again from its beginning.
"""

from dataclasses import replace
from threading import Event

from sweeps.difference import Difference, Kind
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord
from sweeps.spec import SweepSpec
from sweeps.storage import Storage
from sweeps.tracking.audit import audit
from sweeps.tracking.comparison import Finding, compare, written
from sweeps.tracking.delivery import Delivery
from sweeps.tracking.entries import group, safe
from sweeps.tracking.expected import Expectation, Expected
from sweeps.tracking.tracker import Run, RunStatus, Tracker
from sweeps.tracking.writer import Interrupted


def reconcile(
    ledger: Ledger, tracker: Tracker, storage: Storage, sweep: SweepRecord, mend: bool, stop: Event
) -> list[Difference]:
    """Every difference of one sweep; with `mend` put right where it can be.

    Of a sweep that goes on, what the tracker has still to hear is no difference. Raises Unreachable and Refused, and
    Interrupted where the process is to end.
    """
    differences = _outbox(ledger, tracker, storage, sweep, mend, stop)
    runs = _Runs(ledger, tracker, sweep, mend)
    spec = SweepSpec.model_validate(sweep.spec)
    labels = {index: safe(arm.label(), index) for index, arm in enumerate(spec.compare)}
    kept = audit(ledger, storage, sweep, runs.sweeps_run, labels, mend)  # first: what the storage has goes to MLflow
    expectation = Expectation(ledger, storage, sweep)
    own, *confirmations = expectation.others()
    if sweep.tracking_id is not None or own.settled:
        runs.settle(own)
    for expected in (*expectation.trials(), *confirmations):
        if stop.is_set():
            raise Interrupted
        runs.settle(expected)
    runs.remove_unknown()
    return [*differences, *runs.differences, *kept]


def _outbox(
    ledger: Ledger, tracker: Tracker, storage: Storage, sweep: SweepRecord, mend: bool, stop: Event
) -> list[Difference]:
    if not sweep.state.is_final or ledger.outbox.is_told(sweep.id):
        return []
    epochs = len(ledger.trials.epochs(sweep.id, after=ledger.outbox.delivered_epoch(sweep.id)))
    trials = len(ledger.outbox.undelivered_trials(sweep.id))
    if mend:
        Delivery(ledger, tracker, storage, sweep, stop).deliver(sweep)
    words = f"MLflow has not heard of {epochs} epochs, {trials} trials and the sweep's end, or of some of these"
    return [Difference(kind=Kind.OUTBOX, about=f"sweep {sweep.id}", words=words, mended=mend)]


class _Runs:
    """The runs of one sweep at the tracker, settled one after the other."""

    def __init__(self, ledger: Ledger, tracker: Tracker, sweep: SweepRecord, mend: bool) -> None:
        self._ledger = ledger
        self._tracker = tracker
        self._sweep = sweep
        self._mend = mend
        team, _ = ledger.outbox.owner(sweep.id)
        self._experiment = tracker.open_experiment(f"{team}/{sweep.name}")
        self._found = tracker.find_runs(self._experiment, group(sweep))
        self._known = {f"trial-{number}": run for number, run in ledger.outbox.trial_runs(sweep.id).items()}
        told = ledger.sweeps.get(sweep.id).tracking_id
        if told is not None:
            self._known["sweep"] = told
        self._parent: str | None = None
        self._seen: set[str] = set()
        run = self._kept("sweep")
        self.sweeps_run: Run | None = tracker.read(run) if run else None
        """The run of the sweep itself, as it was found."""
        self.differences: list[Difference] = []

    def settle(self, expected: Expected) -> None:
        """Compares one run, and mends it."""
        self._seen.add(expected.key)
        run = self._chosen(expected)
        if run is None:
            return
        held = self._tracker.read(run)
        findings = [*self._place(expected, held), *(compare(expected.run, held) if expected.settled else ())]
        for finding in findings:
            self._note(finding.kind, expected.about, finding.words)
        if expected.key == "sweep":
            self._parent = run
        if findings and self._mend:
            self._put_right(expected, run, findings)

    def remove_unknown(self) -> None:
        """Runs of trials and confirmations that the ledger does not have."""
        for key in sorted(self._found.keys() - self._seen):
            if key == "sweep" or self._is_to_be_told(key):
                continue
            self._note(Kind.RUN_UNKNOWN, key, "MLflow has this run, and the ledger has nothing of the kind")
            if self._mend:
                for run in self._found[key]:
                    self._tracker.remove_run(run)

    def _is_to_be_told(self, key: str) -> bool:
        """A run that was made a moment ago, of which the ledger has not heard."""
        kind, _, number = key.partition("-")
        phase = "search" if kind == "trial" else "confirmation"
        trained = (m.trial for m in self._ledger.trials.members(self._sweep.id) if m.phase == phase)
        return not self._sweep.state.is_final and number.isdecimal() and int(number) in trained

    def _chosen(self, expected: Expected) -> str | None:
        """The one run that stays: of several the ledger's, else the first. Where there is none, one is made."""
        known, runs, kept = self._known.get(expected.key), self._found.get(expected.key, []), self._kept(expected.key)
        if kept is None:
            self._note(Kind.RUN_MISSING, expected.about, "it has no run in MLflow")
            if self._mend:
                self._make(expected)
            return None
        if len(runs) > 1:
            self._note(Kind.RUN_TWICE, expected.about, f"it has {len(runs)} runs in MLflow; {kept} is the ledger's")
        if known is not None and kept != known:
            self._note(Kind.RUN_MISTAKEN, expected.about, f"the ledger knows run {known}, and MLflow has {kept} for it")
        if self._mend:
            for run in runs:
                if run != kept:
                    self._tracker.remove_run(run)
            self._mark(expected, kept)
        return kept

    def _kept(self, key: str) -> str | None:
        """Of a run's ids at the tracker the one that stays: the ledger's, else the first; None where there is none."""
        runs, known = self._found.get(key, []), self._known.get(key)
        return known if known in runs else min(runs, default=None)

    def _place(self, expected: Expected, held: Run) -> list[Finding]:
        if expected.key == "sweep" or self._parent is None or held.parent == self._parent:
            return []
        return [Finding(Kind.PARENT, f"its parent in MLflow is {held.parent}, and the sweep's run is {self._parent}")]

    def _put_right(self, expected: Expected, run: str, findings: list[Finding]) -> None:
        if any(finding.anew for finding in findings):
            self._tracker.remove_run(run)
            self._make(expected)
        else:
            self._fill(expected, run)

    def _make(self, expected: Expected) -> None:
        run = self._tracker.create_run(self._experiment, replace(expected.new, parent=self._parent))
        self._fill(expected, run)
        self._mark(expected, run)
        if expected.key == "sweep":
            self._parent = run

    def _fill(self, expected: Expected, run: str) -> None:
        """Writes everything; what is there already stays as it is."""
        tracker, should_be = self._tracker, expected.run
        tracker.write(run, written(should_be))
        for path, data in should_be.files.items():
            tracker.attach(run, path, data)
        if should_be.note:
            tracker.note(run, should_be.note)
        if expected.key != "sweep" and self._parent is not None:
            tracker.place_under(run, self._parent)
        if should_be.status is not RunStatus.RUNNING and should_be.ended_at is not None:
            tracker.end(run, should_be.status, should_be.ended_at)

    def _mark(self, expected: Expected, run: str) -> None:
        if self._known.get(expected.key) == run:
            return
        if expected.key == "sweep":
            self._ledger.outbox.mark_sweep_run(self._sweep.id, run)
        elif expected.trial is not None:
            self._ledger.outbox.mark_trial_run(self._sweep.id, expected.trial, run)

    def _note(self, kind: Kind, about: str, words: str) -> None:
        self.differences.append(Difference(kind=kind, about=about, words=words, mended=self._mend))
