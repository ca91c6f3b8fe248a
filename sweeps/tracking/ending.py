"""The end of a sweep at the tracker: report, curves, confirmations, networks, and how every run ended."""

import logging
import math
from collections.abc import Callable, Iterable

from sweeps.ledger import Ledger
from sweeps.ledger.records import EpochRecord, MemberRecord, SweepRecord, TrialRecord
from sweeps.member import MemberKey
from sweeps.report import ArmReport, Report, ReportFormat, build_report, render, write_report
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from sweeps.storage import Storage
from sweeps.tracking.curves import curves_csv, curves_json
from sweeps.tracking.entries import (
    MOST_OF_A_TAG,
    STATUS_OF_SWEEP,
    STATUS_OF_TRIAL,
    confirmation_end,
    confirmation_points,
    report_points,
    safe,
)
from sweeps.tracking.tracker import Entry, RunStatus
from sweeps.tracking.writer import Writer

log = logging.getLogger(__name__)

KEPT_FORMATS: tuple[ReportFormat, ...] = ("json", "md", "csv", "tex", "html")


class Ending:
    """Told once a sweep's own state is final; every step may be repeated."""

    def __init__(self, ledger: Ledger, writer: Writer, storage: Storage, sweep: SweepRecord, spec: SweepSpec) -> None:
        self._ledger = ledger
        self._writer = writer
        self._storage = storage
        self._sweep = sweep
        self._spec = spec
        self._at = sweep.finished_at or sweep.created_at
        stored = ledger.sweeps.report(sweep.id)
        self._report = Report.model_validate(stored) if stored else build_report(ledger, sweep.id)

    def tell(self, run: str, trial_runs: dict[int, str], confirmation_run: Callable[[EpochRecord], str]) -> None:
        """`run`: the sweep's; `confirmation_run` gives the run that an epoch of a confirmation belongs to."""
        for arm in self._report.arms:
            self._tell_arm(arm, run, confirmation_run)
        self._end_superseded(confirmation_run)
        self._end_unfinished(trial_runs)
        for format in KEPT_FORMATS:
            self._attach(run, f"report.{format}", write_report(self._ledger, self._report, format))
        self._writer.note(run, self._note())
        self._writer.write(run, Entry(points=report_points(self._report, self._at)))
        self._writer.end(run, STATUS_OF_SWEEP[self._sweep.state], self._at)

    def _tell_arm(self, arm: ArmReport, run: str, confirmation_run: Callable[[EpochRecord], str]) -> None:
        if arm.best_trial is None:
            return
        epochs = self._ledger.trials.epochs(self._sweep.id, arm.best_trial)
        label = safe(arm.label, arm.arm)
        self._attach(run, f"curves/{label}.csv", curves_csv(epochs))
        self._attach(run, f"curves/{label}.json", curves_json(epochs))
        members = [m for m in self._ledger.trials.members(self._sweep.id, arm.best_trial) if m.phase == "confirmation"]
        confirmed = [epoch for epoch in epochs if epoch.phase == "confirmation"]
        if confirmed:
            self._end_confirmation(arm, members, confirmation_run(confirmed[0]))
        self._keep_network(run, label, members)

    def _end_confirmation(self, arm: ArmReport, members: list[MemberRecord], run: str) -> None:
        state = confirmation_end(members)
        self._writer.write(run, Entry(points=confirmation_points(self._report, arm, self._at), tags={"state": state}))
        self._writer.end(run, STATUS_OF_TRIAL[state], self._at)

    def _end_superseded(self, confirmation_run: Callable[[EpochRecord], str]) -> None:
        """Confirmations of trials that were the best before the sweep was extended."""
        best = {arm.best_trial for arm in self._report.arms}
        members = self._ledger.trials.members(self._sweep.id)
        for number in sorted({m.trial for m in members if m.phase == "confirmation" and m.epoch} - best):
            epochs = self._ledger.trials.epochs(self._sweep.id, number)
            run = confirmation_run(next(epoch for epoch in epochs if epoch.phase == "confirmation"))
            self._writer.write(run, Entry(tags={"state": "stopped", "reason": "another trial has become the best"}))
            self._writer.end(run, RunStatus.KILLED, self._at)

    def _keep_network(self, run: str, label: str, members: Iterable[MemberRecord]) -> None:
        """Of the confirmed networks the best by validation: test figures choose nothing."""
        best = best_by_validation(members, self._spec)
        if best is None:
            return
        member = MemberKey(best.phase, best.trial, best.seed)
        folder = self._storage.network_folder(self._sweep.id, member)
        problem = self._storage.network_problem(self._sweep.id, member)
        if folder is None or problem is not None:
            log.warning("sweep %d: the network of %s, seed %d, %s", self._sweep.id, label, best.seed, problem)
            return
        for file in sorted(folder.iterdir()):
            if file.suffix in (".safetensors", ".json"):
                self._writer.attach(run, f"networks/{label}/{file.name}", file.read_bytes())

    def _end_unfinished(self, trial_runs: dict[int, str]) -> None:
        """Trials that a failed sweep left without an outcome: their runs do not go on either."""
        for trial in self._ledger.trials.page(self._sweep.id):
            if _is_left(trial) and trial.number in trial_runs:
                self._writer.end(trial_runs[trial.number], RunStatus.KILLED, self._at)

    def _note(self) -> str:
        text = "\n\n".join(part for part in (self._spec.notes, render(self._report, "md")) if part)
        return text if len(text) <= MOST_OF_A_TAG else text.split("## Specification")[0][:MOST_OF_A_TAG]

    def _attach(self, run: str, path: str, text: str) -> None:
        self._writer.attach(run, path, text.encode())


def best_by_validation(members: Iterable[MemberRecord], spec: SweepSpec) -> MemberRecord | None:
    """The completed network with the best finite value of the sweep's metric, ties to the lower seed."""
    sign = -1.0 if spec.maximise else 1.0
    values = [
        (sign * value, member.seed, member)
        for member in members
        if member.state is TrialState.COMPLETED
        and (value := (member.metrics or {}).get(spec.metric)) is not None
        and math.isfinite(value)
    ]
    return min(values, key=lambda entry: entry[:2])[2] if values else None


def _is_left(trial: TrialRecord) -> bool:
    return not trial.state.is_final
