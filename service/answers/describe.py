"""From the ledger's records to the API's answers."""

import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from service.answers.views import (
    ArmView,
    ConfirmationView,
    EpochView,
    InheritedView,
    LaneView,
    Links,
    LogEntryView,
    MemberView,
    ReconciliationView,
    StintView,
    SweepSummary,
    SweepView,
    TrialSummary,
    TrialView,
    UsageView,
    UserUsage,
)
from service.problems.refusals import NoSuchArm
from sweeps.difference import Difference
from sweeps.ledger import Ledger
from sweeps.ledger.reconciliations import ReconciliationRecord
from sweeps.ledger.records import (
    ArmProgress,
    EpochRecord,
    InheritedTrial,
    MemberRecord,
    StintRecord,
    SweepHeader,
    SweepRecord,
    TrialRecord,
)
from sweeps.ledger.stints import LaneRecord
from sweeps.ledger.usage import SweepUsage
from sweeps.logs.names import lane
from sweeps.logs.reading import LogEntry
from sweeps.redaction import redacted
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState

RATE_WINDOW_SECONDS = 60.0


def utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def utc_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else utc(seconds)


def parsed(document: dict[str, Any]) -> SweepSpec:
    """A stored specification; what was parsed lately is not parsed again."""
    return _parsed(json.dumps(document))


@lru_cache(maxsize=512)
def _parsed(text: str) -> SweepSpec:
    return SweepSpec.model_validate_json(text)


def sweep_summary(sweep: SweepHeader, user: str, device_seconds: float) -> SweepSummary:
    """`user`: who posted it."""
    return SweepSummary(
        id=sweep.id,
        name=sweep.name,
        user=user,
        state=sweep.state,
        reason=sweep.reason,
        priority=sweep.priority,
        created_at=utc(sweep.created_at),
        started_at=utc_or_none(sweep.started_at),
        finished_at=utc_or_none(sweep.finished_at),
        run_seconds=sweep.run_seconds,
        running_since=utc_or_none(sweep.running_since),
        device_seconds=device_seconds,
        labels=sweep.labels or [],
        note=sweep.note,
        archived_at=utc_or_none(sweep.archived_at),
        version=sweep.version,
    )


def sweep_view(sweep: SweepRecord, ledger: Ledger, links: Links, why_pending: str | None) -> SweepView:
    """A sweep with its progress as of now."""
    spec = parsed(sweep.spec)
    arms = arm_views(sweep, spec, ledger)
    rate = sum(arm.trials_per_second or 0.0 for arm in arms) or None
    user = ledger.users.names([sweep.user_id])[sweep.user_id]
    return SweepView(
        **sweep_summary(sweep, user, math.fsum(arm.device_seconds for arm in arms)).model_dump(),
        why_pending=why_pending,
        attempt=sweep.attempt,
        stop_requested_at=utc_or_none(sweep.stop_requested_at),
        metric=spec.metric,
        direction="maximise" if spec.maximise else "minimise",
        arms=arms,
        confirmation=_confirmation(sweep, ledger),
        trials_per_second=rate,
        seconds_left=_left(sum(arm.budget - arm.done for arm in arms), rate),
        is_tracked=ledger.outbox.is_delivered(sweep.id),
        links=links,
        spec=sweep.spec,
    )


def arm_views(sweep: SweepRecord, spec: SweepSpec, ledger: Ledger) -> list[ArmView]:
    progress = {one.arm: one for one in ledger.trials.progress(sweep.id, spec.maximise)}
    inherited, tried = ledger.trials.inherited_counts(sweep.id), ledger.trials.enqueued_counts(sweep.id)
    now = time.time()
    window = min(RATE_WINDOW_SECONDS, now - (sweep.started_at or now))
    searching = sweep.state in (SweepState.STARTING, SweepState.RUNNING)
    used = ledger.usage.by_arm(sweep.id)
    recent = ledger.progress.finished_since(sweep.id, now - window) if searching and window > 0 else {}
    return [
        _arm(
            arm.name,
            spec.budget.trials,
            progress.get(index) or ArmProgress(index, {}, None, None),
            rate,
            _Counted(len(arm.enqueued) - tried.get(index, 0), inherited.get(index, 0), used.get(index, 0.0)),
        )
        for index, arm in enumerate(spec.compare)
        for rate in [recent.get(index, 0) / window if window > 0 else 0.0]
    ]


class _Counted(NamedTuple):
    """What is counted in an arm beside its trials' states."""

    enqueued: int
    inherited: int
    device_seconds: float


def _arm(name: str, budget: int, progress: ArmProgress, rate: float, counted: _Counted) -> ArmView:
    counts = {state: progress.counts.get(state, 0) for state in TrialState}
    done = sum(count for state, count in counts.items() if state.is_final)
    begun = {state.value: count for state, count in counts.items() if state is not TrialState.WAITING}
    return ArmView(
        name=name,
        budget=budget,
        done=done,
        waiting=max(0, budget - sum(begun.values())),
        **begun,
        enqueued=counted.enqueued,
        inherited=counted.inherited,
        best_value=progress.best_value,
        best_trial=progress.best_trial,
        device_seconds=counted.device_seconds,
        trials_per_second=rate or None,
        seconds_left=_left(budget - done, rate or None),
    )


def _left(trials: int, rate: float | None) -> float | None:
    return trials / rate if rate else None


def _confirmation(sweep: SweepRecord, ledger: Ledger) -> ConfirmationView:
    counts = ledger.progress.networks(sweep.id, "confirmation")
    done = sum(count for state, count in counts.items() if state.is_final)
    return ConfirmationView(networks=sum(counts.values()), done=done)


def trial_summary(trial: TrialRecord, arms: list[str], tracking: str | None) -> TrialSummary:
    return TrialSummary(
        number=trial.number,
        arm=arms[trial.arm],
        arm_number=trial.arm_number,
        state=trial.state,
        configuration=trial.configuration,
        value=trial.value,
        spread=trial.spread,
        epoch=trial.epoch,
        reason=trial.reason,
        attempt=trial.attempt,
        created_at=utc(trial.created_at),
        started_at=utc_or_none(trial.started_at),
        finished_at=utc_or_none(trial.finished_at),
        device_seconds=trial.device_seconds,
        tracking=tracking,
        origin=trial.origin,
        heard=trial.heard,
        told=trial.told,
        objectives=trial.objectives,
    )


def inherited_view(trial: InheritedTrial, arms: list[str]) -> InheritedView:
    return InheritedView(**asdict(trial) | {"arm": arms[trial.arm]})


def trial_view(
    summary: TrialSummary, members: list[MemberRecord], stints: list[StintRecord], epochs: list[EpochRecord]
) -> TrialView:
    """A trial with its networks, each with its lanes and what it measured."""
    return TrialView(**summary.model_dump(), members=[_member(member, stints, epochs) for member in members])


def _member(member: MemberRecord, stints: list[StintRecord], epochs: list[EpochRecord]) -> MemberView:
    own = [one for one in epochs if (one.phase, one.seed) == (member.phase, member.seed)]
    return MemberView(
        phase=member.phase,
        seed=member.seed,
        state=member.state,
        epoch=member.epoch,
        failures=member.failures,
        reason=member.reason,
        metrics=member.metrics,
        device_seconds=member.device_seconds,
        stints=[_stint(one) for one in stints if (one.phase, one.seed) == (member.phase, member.seed)],
        epochs=[
            EpochView(epoch=one.epoch, at=utc(one.at), metrics=one.metrics)
            for one in sorted(own, key=lambda one: one.epoch)
        ],
    )


def _stint(stint: StintRecord) -> StintView:
    return StintView(
        lane=lane(stint.lane), attempt=stint.attempt, since=utc(stint.since), until=utc_or_none(stint.until)
    )


def lane_view(record: LaneRecord) -> LaneView:
    return LaneView(
        lane=lane(record.lane),
        attempt=record.attempt,
        since=utc(record.since),
        until=utc(record.until),
        networks=record.networks,
        training=record.training,
    )


def log_entry(entry: LogEntry) -> LogEntryView:
    at = datetime.fromisoformat(entry.at) if entry.at else None
    return LogEntryView(at=at, attempt=entry.attempt, source=entry.source, text=redacted(entry.text))


def usage_view(team: str, since: datetime | None, sweeps: Sequence[SweepUsage]) -> UsageView:
    posted = Counter(sweep.user for sweep in sweeps)
    users = [_user(user, [sweep for sweep in sweeps if sweep.user == user]) for user in sorted(posted)]
    return UsageView(
        team=team,
        since=since,
        sweeps=len(sweeps),
        networks=sum(user.networks for user in users),
        device_seconds=math.fsum(user.device_seconds for user in users),
        users=users,
    )


def _user(user: str, sweeps: Sequence[SweepUsage]) -> UserUsage:
    seconds = math.fsum(sweep.device_seconds for sweep in sweeps)
    return UserUsage(user=user, sweeps=len(sweeps), networks=sum(s.networks for s in sweeps), device_seconds=seconds)


def reconciliation_view(record: ReconciliationRecord) -> ReconciliationView:
    differences = [Difference.model_validate(found) for found in record.differences]
    return ReconciliationView(
        number=record.number,
        sweep=record.sweep_id,
        mend=record.mend,
        state="waiting" if record.ended_at is None else "failed" if record.problem else "done",
        asked_at=utc(record.asked_at),
        ended_at=utc_or_none(record.ended_at),
        problem=record.problem,
        total=record.total,
        left=sum(not one.mended for one in differences),
        differences=differences,
    )


def arm_index(names: list[str], name: str) -> int:
    """The arm's place in `compare`. Raises NoSuchArm."""
    if name not in names:
        raise NoSuchArm("arm", name, f"there is no arm {name!r}", f"this sweep compares {', '.join(names)}")
    return names.index(name)


def arm_names(sweep: SweepRecord) -> list[str]:
    """The arms' names as the resolved specification holds them."""
    return [arm["name"] for arm in sweep.spec["compare"]]
