"""What members report: booked, and what follows for them and their trials; and what follows where a lane is lost."""

from collections.abc import Iterable, Sequence

from sweeps.arm import Arm, arm_of
from sweeps.booking import Booking
from sweeps.exchange import EpochReport, LanePass
from sweeps.ledger.trials import NewEpoch
from sweeps.member import MemberKey
from sweeps.search_section import DEVICE_SECONDS
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from sweeps.trial import Member, Trial


class Results:
    """Not safe in threads: the coordinator holds its lock. Reads nothing of the specification that may change while
    the sweep runs."""

    def __init__(self, spec: SweepSpec, arms: Sequence[Arm], booking: Booking) -> None:
        self._spec = spec
        self._arms = arms
        self._booking = booking

    def accept(self, lane: LanePass, report: EpochReport) -> bool:
        """Books a report of a member that the lane holds; False for others, which are too late and change nothing."""
        arm = arm_of(self._arms, report.member)
        member = arm.member(report.member.phase, report.member.trial, report.member.seed)
        if member is None or (member.lane, member.lease) != (lane, report.lease):
            return False
        if report.epoch <= member.record.epoch:
            return False  # told again after a restart from a checkpoint
        value = report.metrics.get(self._spec.metric)
        self._note_epoch(member, report)
        if report.diverged or value is None or self._lacks_an_objective(report):
            self._diverged(arm, member, report.epoch)
        elif member.record.phase == "search":
            self._searched(arm, member, report.epoch, value)
        elif self._is_last(arm, report):
            member.become(TrialState.COMPLETED)
            self._note_confirmation(arm, member)
        self._booking.member(member)
        return True

    def take_back(self, member: Member, reason: str, has_failed: bool) -> None:
        """A member whose lane raised or is gone waits for another; or `has_failed`, for this reason."""
        arm = arm_of(self._arms, member.key)
        if not has_failed:
            arm.take_back(member)
        elif member.record.phase == "search":
            self.end(arm, arm.trials[member.record.trial], TrialState.FAILED, reason)
        else:
            member.become(TrialState.FAILED, reason)
        self._booking.member(member)

    def end(self, arm: Arm, trial: Trial, state: TrialState, reason: str | None = None) -> None:
        """Gives a trial its outcome."""
        arm.end(trial, state, reason)
        for member in trial.members.values():
            self._booking.member(member)
        self.note_end(arm, trial)

    def note_end(self, arm: Arm, trial: Trial) -> None:
        """Books the outcome that a trial has."""
        record = trial.now()
        self._booking.trial(record)
        facts = {"number": record.number, "arm": arm.entry, "state": record.state, "value": record.value}
        self._booking.event("trial.finished", facts)

    def to_stop(self, reports: list[EpochReport]) -> Iterable[MemberKey]:
        """The members that the lane still trains and should not: it lets go of finished and diverged ones itself."""
        for key, report in {report.member: report for report in reports}.items():
            arm = arm_of(self._arms, key)
            member = arm.member(key.phase, key.trial, key.seed)
            goes_on = member is not None and member.lane is not None and member.lease == report.lease
            if not (goes_on or report.diverged or self._is_last(arm, report)):
                yield key

    def _lacks_an_objective(self, report: EpochReport) -> bool:
        """Whether a metric that the search improves was not finite."""
        measured = (name for name in self._spec.objectives if name != DEVICE_SECONDS)
        return any(report.metrics.get(name) is None for name in measured)

    def _searched(self, arm: Arm, member: Member, epoch: int, value: float) -> None:
        trial = arm.trials[member.record.trial]
        mean = trial.value_at(epoch, member.record.seed, value)
        is_last = epoch == arm.configuration(trial.record.number).epochs
        reason = arm.report(trial, epoch, mean) if mean is not None else None
        if is_last:
            member.become(TrialState.COMPLETED)
        if reason and not is_last:
            self.end(arm, trial, TrialState.PRUNED, f"pruned after epoch {epoch}: {reason}")
        elif all(other.record.state is TrialState.COMPLETED for other in trial.members.values()):
            self.end(arm, trial, TrialState.COMPLETED)
        else:
            self._booking.trial(trial.now())

    def _diverged(self, arm: Arm, member: Member, epoch: int) -> None:
        reason = f"diverged in epoch {epoch} (seed {member.record.seed}): the loss or a weight was no longer finite"
        member.become(TrialState.DIVERGED, reason)
        if member.record.phase == "search":
            self.end(arm, arm.trials[member.record.trial], TrialState.DIVERGED, reason)
        else:
            self._note_confirmation(arm, member)

    def _note_confirmation(self, arm: Arm, member: Member) -> None:
        record = member.record
        facts = {"arm": arm.entry, "trial": record.trial, "seed": record.seed, "state": record.state}
        self._booking.event("confirmation.finished", facts | {"metrics": record.metrics})

    def _note_epoch(self, member: Member, report: EpochReport) -> None:
        if report.epoch != member.record.epoch + 1:
            raise ValueError(f"{member.key} reported epoch {report.epoch} after epoch {member.record.epoch}")
        member.note(report.epoch, report.metrics, report.device_seconds)
        key = report.member
        self._booking.epoch(NewEpoch(key.phase, key.trial, key.seed, report.epoch, report.metrics))

    def _is_last(self, arm: Arm, report: EpochReport) -> bool:
        return report.epoch == arm.configuration(report.member.trial).epochs
