"""What a tracker that has heard everything holds of a sweep: made from the ledger alone, run by run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event

from sweeps.ledger import Ledger
from sweeps.ledger.records import EpochRecord, SweepRecord, TrialRecord
from sweeps.spec import SweepSpec
from sweeps.storage import Storage
from sweeps.tracking.curves import Curves
from sweeps.tracking.ending import Ending
from sweeps.tracking.entries import (
    STATUS_OF_TRIAL,
    confirmation_entry,
    confirmation_run,
    specification_files,
    sweep_entry,
    sweep_run,
    trial_entry,
    trial_run,
)
from sweeps.tracking.memory import MemoryTracker
from sweeps.tracking.tracker import Entry, NewRun, Run
from sweeps.tracking.writer import Writer


@dataclass(frozen=True)
class Expected:
    """One run as it should be. Its parent is not said: that is whatever run the sweep has at the tracker."""

    new: NewRun
    run: Run
    about: str
    """What a person calls it."""
    settled: bool
    """Whether nothing more is told of it: only then everything in it can be compared."""
    trial: int | None = None
    """The trial whose run the ledger knows by its id."""

    @property
    def key(self) -> str:
        return self.new.key


class Expectation:
    """The runs of one sweep as the ledger has them now."""

    def __init__(self, ledger: Ledger, storage: Storage, sweep: SweepRecord) -> None:
        self._ledger = ledger
        self._storage = storage
        self._sweep = sweep
        self._spec = SweepSpec.model_validate(sweep.spec)
        _, self._user = ledger.outbox.owner(sweep.id)
        self._upto = ledger.outbox.delivered_epoch(sweep.id)
        self._is_told = ledger.outbox.is_delivered(sweep.id)

    def trials(self) -> Iterator[Expected]:
        """The run of every trial that the tracker has heard of, one after the other."""
        settled, known = (
            self._ledger.outbox.settled_trials(self._sweep.id),
            self._ledger.outbox.trial_runs(self._sweep.id),
        )
        for trial in self._ledger.trials.page(self._sweep.id):
            if trial.number in settled or trial.number in known:
                yield self._trial(trial, trial.number in settled)

    def _trial(self, trial: TrialRecord, settled: bool) -> Expected:
        new = trial_run(self._sweep, self._spec, trial, self._user, None)
        tracker = MemoryTracker()
        run = tracker.create_run("", new)
        tracker.write(run, trial_entry(trial, self._spec))
        tracker.write(run, self._curves(trial.number, "search"))
        if settled:
            tracker.end(run, STATUS_OF_TRIAL[trial.state], trial.finished_at or trial.created_at)
        about = f"trial {trial.number} ({self._label(trial)})"
        return Expected(new, tracker.read(run), about, settled, trial.number)

    def others(self) -> list[Expected]:
        """The run of the sweep, which comes first, and those of its confirmations."""
        tracker = MemoryTracker()
        new = sweep_run(self._sweep, self._user)
        run = tracker.create_run("", new)
        tracker.write(run, sweep_entry(self._sweep, self._spec))
        tracker.note(run, self._spec.notes)
        for path, data in specification_files(self._spec).items():
            tracker.attach(run, path, data)
        made: dict[int, tuple[NewRun, str, str]] = {}

        def confirmation(epoch: EpochRecord) -> str:
            if epoch.trial not in made:
                made[epoch.trial] = self._confirmation(tracker, epoch)
            return made[epoch.trial][1]

        for epoch in self._confirmed():
            confirmation(epoch)
        if self._sweep.state.is_final:
            ending = Ending(self._ledger, Writer(tracker, Event()), self._storage, self._sweep, self._spec)
            ending.tell(run, {}, confirmation)
        own = Expected(new, tracker.read(run), f"sweep {self._sweep.id}", self._is_told)
        return [own, *(Expected(new, tracker.read(run), about, self._is_told) for new, run, about in made.values())]

    def _confirmation(self, tracker: MemoryTracker, first: EpochRecord) -> tuple[NewRun, str, str]:
        trial = self._ledger.trials.get(self._sweep.id, first.trial)
        new = confirmation_run(self._sweep, self._spec, trial, self._user, None, first.at)
        run = tracker.create_run("", new)
        entry = confirmation_entry(trial, self._spec, self._sweep.attempt)
        del entry.tags["attempt"]  # the ledger does not keep which attempt trained it
        tracker.write(run, entry)
        tracker.write(run, self._curves(trial.number, "confirmation"))
        return new, run, f"confirmation of trial {trial.number} ({self._label(trial)})"

    def _confirmed(self) -> list[EpochRecord]:
        """The first epoch that was told of every confirmation."""
        numbers = {
            m.trial for m in self._ledger.trials.members(self._sweep.id) if m.phase == "confirmation" and m.epoch
        }
        told = [self._told(number, "confirmation") for number in sorted(numbers)]
        return [epochs[0] for epochs in told if epochs]

    def _curves(self, trial: int, phase: str) -> Entry:
        curves = Curves(self._spec, lambda _: ())
        return Entry(points=[point for epoch in self._told(trial, phase) for point in curves.points(epoch)])

    def _told(self, trial: int, phase: str) -> list[EpochRecord]:
        epochs = self._ledger.trials.epochs(self._sweep.id, trial)
        return [epoch for epoch in epochs if epoch.phase == phase and epoch.id <= self._upto]

    def _label(self, trial: TrialRecord) -> str:
        return self._spec.compare[trial.arm].label()


def under(expected: Expected, parent: str) -> Expected:
    """The same run, to be made under `parent`."""
    return replace(expected, new=replace(expected.new, parent=parent))
