"""Builds the report from the ledger: every figure is counted from what was booked, nothing is kept beside it."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord, SweepRecord, TrialRecord
from sweeps.report.confirmed import confirmed, finite, test_metric
from sweeps.report.front import pareto_fronts
from sweeps.report.models import ArmReport, FrontTrial, Report
from sweeps.report.pairs import pairs
from sweeps.report.provenance import provenance
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from sweeps.winner import best_trial


def build_report(
    ledger: Ledger, sweep_id: int, ending: SweepState | None = None, with_differences: bool = True
) -> Report:
    """The report of a sweep as the ledger knows it now. Raises NoSuchSweep.

    `ending`: the state that the caller is about to give the sweep, where the report is built just before.
    `with_differences`: whether its arms are tested against each other.
    """
    sweep = ledger.sweeps.get(sweep_id)
    spec = SweepSpec.model_validate(sweep.spec)
    document = spec.model_dump(mode="json")
    state = ending or sweep.state
    members = _by_arm(ledger.trials.page(sweep_id), ledger.trials.members(sweep_id), len(spec.compare))
    fronts = pareto_fronts([trials for trials, _ in members], spec.objectives)
    arms = tuple(
        _arm(spec, arm, trials, own, front)
        for arm, ((trials, own), front) in enumerate(zip(members, fronts, strict=True))
    )
    return Report(
        sweep_id=sweep_id,
        name=sweep.name,
        state=state,
        finished=state is SweepState.COMPLETED,
        reason=sweep.reason,
        metric=spec.metric,
        test_metric=test_metric(spec),
        maximise=spec.maximise,
        objectives=spec.objectives if len(spec.objectives) > 1 else (),
        data=document["data"],
        network=document["network"],
        training=document["training"],
        budget=spec.budget.trials,
        search_seeds=list(spec.search_seeds()),
        confirmation_seeds=list(spec.confirmation_seeds()),
        started_at=sweep.started_at,
        wall_seconds=_wall_seconds(sweep),
        arms=arms,
        differences=pairs((arm.label, arm.test) for arm in arms) if with_differences else (),
        provenance=provenance(),
        specification=document,
    )


def _by_arm(
    trials: Iterable[TrialRecord], members: Iterable[MemberRecord], arms: int
) -> list[tuple[list[TrialRecord], list[MemberRecord]]]:
    parts: list[tuple[list[TrialRecord], list[MemberRecord]]] = [([], []) for _ in range(arms)]
    arm_of = {}
    for trial in trials:
        arm_of[trial.number] = trial.arm
        parts[trial.arm][0].append(trial)
    for member in members:
        parts[arm_of[member.trial]][1].append(member)
    return parts


def _arm(
    spec: SweepSpec,
    arm: int,
    trials: Sequence[TrialRecord],
    members: Sequence[MemberRecord],
    front: tuple[FrontTrial, ...],
) -> ArmReport:
    entry = spec.compare[arm]
    best = best_trial(trials, spec.maximise)
    seeds, test = confirmed(spec, members, best.number if best else None)
    counts = Counter(trial.state for trial in trials)
    return ArmReport(
        arm=arm,
        label=entry.label(),
        rule=entry.rule.name,
        decorrelation=entry.decorrelation is not None,
        trials={state: counts[state] for state in TrialState if counts[state]},
        best_trial=best.number if best else None,
        best_configuration=best.configuration if best else None,
        validation=best.value if best else None,
        spread=finite(best.spread) if best else None,
        test=test,
        seeds=seeds,
        networks_trained=sum(member.epoch > 0 for member in members),
        epochs_trained=sum(member.epoch for member in members),
        device_seconds=math.fsum(member.device_seconds for member in members),
        front=front,
    )


def _wall_seconds(sweep: SweepRecord) -> float | None:
    if sweep.started_at is None:
        return None
    return sweep.run_seconds + (0.0 if sweep.running_since is None else time.time() - sweep.running_since)
