"""Delivery: tells the tracker everything that the ledger holds of one sweep and that was not told yet.

What was told is marked in the ledger afterwards. So whatever cuts a delivery off, the next one repeats a little, and
the tracker keeps everything once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

from sweeps.ledger import Ledger
from sweeps.ledger.records import EpochRecord, SweepRecord, TrialRecord
from sweeps.spec import SweepSpec
from sweeps.states import SweepState
from sweeps.storage import Storage
from sweeps.tracking.curves import Curves
from sweeps.tracking.ending import Ending
from sweeps.tracking.entries import (
    STATUS_OF_TRIAL,
    confirmation_entry,
    confirmation_run,
    group,
    specification_files,
    sweep_entry,
    sweep_run,
    trial_entry,
    trial_run,
)
from sweeps.tracking.runs import Runs
from sweeps.tracking.tracker import Entry, Tracker
from sweeps.tracking.writer import Writer

PAGE = 5_000
"""Epochs told between two marks in the ledger."""


@dataclass
class Told:
    """What one delivery told."""

    epochs: int = 0
    begun: int = 0
    ended: int = 0

    def __bool__(self) -> bool:
        return bool(self.epochs or self.begun or self.ended)


class Delivery:
    """One sweep's way to the tracker. To be thrown away after any exception: what it remembers may then be wrong."""

    def __init__(self, ledger: Ledger, tracker: Tracker, storage: Storage, sweep: SweepRecord, stop: Event) -> None:
        self._ledger = ledger
        self._storage = storage
        self._writer = Writer(tracker, stop)
        self.specification = sweep.spec
        self._spec = SweepSpec.model_validate(sweep.spec)
        team, self._user = ledger.outbox.owner(sweep.id)
        self._trial_runs = ledger.outbox.trial_runs(sweep.id)
        known = {f"trial-{number}": run for number, run in self._trial_runs.items()}
        if sweep.tracking_id is not None:
            known["sweep"] = sweep.tracking_id
        self._runs = Runs(tracker, tracker.open_experiment(f"{team}/{sweep.name}"), group(sweep), known)
        start = ledger.outbox.delivered_epoch(sweep.id)
        self._curves = Curves(self._spec, lambda trial: self._before(sweep.id, trial, start))
        self._confirmation_runs: dict[int, str] = {}
        self._told_state: SweepState | None = None

    def deliver(self, sweep: SweepRecord) -> Told:
        """Tells what is new of `sweep`, which was read before anything else; to the end where it has ended."""
        told = Told()
        parent = self._sweep_run(sweep)
        trials = self._ledger.outbox.undelivered_trials(sweep.id)
        for trial in trials:
            told.begun += trial.number not in self._trial_runs
            self._trial_run(sweep, trial, parent)
        for page in self._pages(sweep.id):
            entries = self._entries(sweep, page, parent)
            if len(page) < PAGE:
                for trial in trials:
                    entries.setdefault(self._trial_runs[trial.number], Entry()).add(trial_entry(trial, self._spec))
            for run, entry in entries.items():
                self._writer.write(run, entry)
            if page:
                self._ledger.outbox.mark_epoch(sweep.id, page[-1].id)
            told.epochs += len(page)
        for trial in trials:
            told.ended += self._settle(trial)
        if sweep.state.is_final:
            self._runs.look()  # an answer that was lost long ago may have left a second run
            ending = Ending(self._ledger, self._writer, self._storage, sweep, self._spec)
            ending.tell(parent, self._trial_runs, lambda epoch: self._confirmation_run(sweep, epoch, parent))
        if sweep.state is not self._told_state:
            self._ledger.outbox.mark_sweep_state(sweep.id, sweep.state)
            self._told_state = sweep.state
        return told

    def _sweep_run(self, sweep: SweepRecord) -> str:
        run = self._runs.get(sweep_run(sweep, self._user))
        if sweep.tracking_id is None:
            self._ledger.outbox.mark_sweep_run(sweep.id, run)
        if self._told_state is None:
            self._tell_specification(run)
        if self._told_state is not sweep.state:
            self._writer.write(run, sweep_entry(sweep, self._spec))
        return run

    def _trial_run(self, sweep: SweepRecord, trial: TrialRecord, parent: str) -> str:
        if trial.number not in self._trial_runs:
            self._writer.check_stop()
            run = self._runs.get(trial_run(sweep, self._spec, trial, self._user, parent))
            self._ledger.outbox.mark_trial_run(trial.sweep_id, trial.number, run)
            self._trial_runs[trial.number] = run
        return self._trial_runs[trial.number]

    def _confirmation_run(self, sweep: SweepRecord, epoch: EpochRecord, parent: str) -> str:
        if epoch.trial not in self._confirmation_runs:
            trial = self._ledger.trials.get(sweep.id, epoch.trial)
            run = self._runs.get(confirmation_run(sweep, self._spec, trial, self._user, parent, epoch.at))
            self._writer.write(run, confirmation_entry(trial, self._spec, sweep.attempt))
            self._confirmation_runs[epoch.trial] = run
        return self._confirmation_runs[epoch.trial]

    def _pages(self, sweep_id: int) -> Iterator[list[EpochRecord]]:
        """What was measured since the last mark; the last page is never full, and may be empty."""
        while True:
            after = self._ledger.outbox.delivered_epoch(sweep_id)
            page = self._ledger.trials.epochs(sweep_id, after=after, limit=PAGE)
            yield page
            if len(page) < PAGE:
                return

    def _entries(self, sweep: SweepRecord, page: list[EpochRecord], parent: str) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for epoch in page:
            if epoch.phase == "confirmation":
                run = self._confirmation_run(sweep, epoch, parent)
            elif epoch.trial in self._trial_runs:
                run = self._trial_runs[epoch.trial]
            else:  # it began after the trials were read
                run = self._trial_run(sweep, self._ledger.trials.get(sweep.id, epoch.trial), parent)
            entries.setdefault(run, Entry()).points += self._curves.points(epoch)
        return entries

    def _before(self, sweep_id: int, trial: int, start: int) -> list[EpochRecord]:
        return [epoch for epoch in self._ledger.trials.epochs(sweep_id, trial) if epoch.id <= start]

    def _settle(self, trial: TrialRecord) -> bool:
        """Marks a trial's state as told; True where that was its end."""
        if trial.state.is_final:
            ended_at = trial.finished_at or trial.created_at
            self._writer.end(self._trial_runs[trial.number], STATUS_OF_TRIAL[trial.state], ended_at)
        self._ledger.outbox.mark_trial_state(trial.sweep_id, trial.number, trial.state)
        return trial.state.is_final

    def _tell_specification(self, run: str) -> None:
        for path, data in specification_files(self._spec).items():
            self._writer.attach(run, path, data)
        if self._spec.notes:
            self._writer.note(run, self._spec.notes)
