"""What is told of a sweep, a trial and a confirmation: their runs, parameters, tags and final figures."""

import json
import re
from collections.abc import Iterable
from typing import Any

import yaml

from sweeps.ledger.records import MemberRecord, SweepRecord, TrialRecord
from sweeps.report import ArmReport, Report
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from sweeps.tracking.tracker import Entry, NewRun, Point, RunStatus

MOST_OF_A_PARAMETER = 6_000
MOST_OF_A_TAG = 8_000
IN_SEARCH, IN_CONFIRMATION = "search", "confirmation"
CHANGEABLE = ("budget.trials", "lanes", "trials_per_lane")
"""What people change in a sweep that was posted: tags of its run, since MLflow keeps a parameter's first value."""

STATUS_OF_SWEEP = {
    SweepState.COMPLETED: RunStatus.FINISHED,
    SweepState.STOPPED: RunStatus.KILLED,
    SweepState.FAILED: RunStatus.FAILED,
}
STATUS_OF_TRIAL = {
    TrialState.COMPLETED: RunStatus.FINISHED,
    TrialState.PRUNED: RunStatus.KILLED,
    TrialState.STOPPED: RunStatus.KILLED,
    TrialState.DIVERGED: RunStatus.FAILED,
    TrialState.FAILED: RunStatus.FAILED,
}


def group(sweep: SweepRecord) -> str:
    """Names the sweep for ever, also where two ledgers, each with a sweep of this id, tell one tracker."""
    return group_of(sweep.id, sweep.created_at)


def group_of(sweep_id: int, created_at: float) -> str:
    """The same by the two that it is made of."""
    return f"sweep-{sweep_id}-{round(created_at * 1e6)}"


def sweep_run(sweep: SweepRecord, user: str) -> NewRun:
    started_at = sweep.started_at or sweep.created_at
    return NewRun(group=group(sweep), key="sweep", name=f"sweep {sweep.id}", user=user, started_at=started_at)


def trial_run(sweep: SweepRecord, spec: SweepSpec, trial: TrialRecord, user: str, parent: str | None) -> NewRun:
    return NewRun(
        group=group(sweep),
        key=f"trial-{trial.number}",
        name=f"{spec.compare[trial.arm].label()} trial {trial.number}",
        user=user,
        started_at=trial.started_at or trial.created_at,
        parent=parent,
    )


def confirmation_run(
    sweep: SweepRecord, spec: SweepSpec, trial: TrialRecord, user: str, parent: str | None, started_at: float
) -> NewRun:
    """`started_at`: when the confirmation of `trial` measured its first epoch."""
    return NewRun(
        group=group(sweep),
        key=f"confirmation-{trial.number}",
        name=f"{spec.compare[trial.arm].label()} confirmation of trial {trial.number}",
        user=user,
        started_at=started_at,
        parent=parent,
    )


def specification_files(spec: SweepSpec) -> dict[str, bytes]:
    """The specification as files, by path."""
    document = spec.model_dump(mode="json")
    return {
        "specification.json": (json.dumps(document, indent=2) + "\n").encode(),
        "specification.yaml": yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode(),
    }


def sweep_entry(sweep: SweepRecord, spec: SweepSpec) -> Entry:
    document = spec.model_dump(mode="json", exclude={"name": True, "notes": True, "compare": True, "search": {"space"}})
    arms = ", ".join(arm.label() for arm in spec.compare)
    tags = {"sweep": str(sweep.id), "attempt": str(sweep.attempt), "state": sweep.state, "reason": sweep.reason or ""}
    parameters = _parameters(document | {"arms": arms})
    tags |= {name: parameters.pop(name) for name in CHANGEABLE}
    return Entry(parameters, tags=_tags(tags | _specification(spec)))


def trial_entry(trial: TrialRecord, spec: SweepSpec) -> Entry:
    """A trial as it stands; with its final figures where it has ended."""
    template = spec.template(trial.arm).model_dump(mode="json")
    tags = {
        "sweep": str(trial.sweep_id),
        "arm": spec.compare[trial.arm].label(),
        "trial": str(trial.number),
        "attempt": str(trial.attempt),
        "state": trial.state,
        "reason": trial.reason or "",
        "phase": IN_SEARCH,
    }
    parameters = _parameters(_flat(template) | trial.configuration)
    return Entry(parameters, _final_points(trial), _tags(tags | _specification(spec)))


def confirmation_entry(trial: TrialRecord, spec: SweepSpec, attempt: int) -> Entry:
    """The confirmation of an arm whose best trial is `trial`."""
    entry = trial_entry(trial, spec)
    entry.points = []
    entry.tags |= {"phase": IN_CONFIRMATION, "state": "running", "reason": "", "attempt": str(attempt)}
    return entry


def confirmation_end(members: Iterable[MemberRecord]) -> TrialState:
    """How a confirmation ended: completed if any of its networks did."""
    states = [member.state for member in members]
    order = (TrialState.COMPLETED, TrialState.DIVERGED, TrialState.FAILED)
    return next((state for state in order if state in states), TrialState.STOPPED)


def report_points(report: Report, at: float) -> list[Point]:
    """The table's figures, for the sweep's own run."""
    return [point for arm in report.arms for point in _arm_points(report, arm, f"/{safe(arm.label, arm.arm)}", at)]


def confirmation_points(report: Report, arm: ArmReport, at: float) -> list[Point]:
    """The table's figures of one arm, for the run of its confirmation."""
    return [point for point in _arm_points(report, arm, "", at) if point.name.startswith(report.test_metric)]


def safe(label: str, arm: int) -> str:
    """An arm's label as a part of a path or of a metric's name.

    A label that had to be changed is followed by a space and the arm's number, which no unchanged one can end in.
    """
    kept = re.sub(r"[^A-Za-z0-9_.-]|^\.|\.(?=\.)", "_", label)
    return label if kept == label else f"{kept} {arm}"


def _final_points(trial: TrialRecord) -> list[Point]:
    if not trial.state.is_final or trial.finished_at is None:
        return []
    figures = {"value": trial.value, "spread": trial.spread, "device_seconds": trial.device_seconds}
    return _points(figures, trial.epoch, trial.finished_at)


def _arm_points(report: Report, arm: ArmReport, suffix: str, at: float) -> list[Point]:
    test = arm.test
    figures = {
        f"{report.metric}_best": arm.validation,
        f"{report.test_metric}_mean": test.mean if test else None,
        f"{report.test_metric}_std": test.std if test else None,
        f"{report.test_metric}_n": float(test.n) if test else None,
        "networks_trained": float(arm.networks_trained),
        "device_seconds": arm.device_seconds,
    }
    return _points({name + suffix: value for name, value in figures.items()}, 0, at)


def _points(figures: dict[str, float | None], step: int, at: float) -> list[Point]:
    return [Point(name, value, step, at) for name, value in figures.items() if value is not None]


def _specification(spec: SweepSpec) -> dict[str, str]:
    text = spec.model_dump_json()
    return {"specification": text if len(text) <= MOST_OF_A_TAG else "see specification.json of the sweep's run"}


def _parameters(document: dict[str, Any]) -> dict[str, str]:
    texts = {path: value if isinstance(value, str) else json.dumps(value) for path, value in _flat(document).items()}
    return {path: text[:MOST_OF_A_PARAMETER] for path, text in texts.items()}


def _tags(tags: dict[str, str]) -> dict[str, str]:
    return {name: text[:MOST_OF_A_TAG] for name, text in tags.items() if text}


def _flat(document: dict[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in document.items():
        path = f"{above}{name}"
        flat |= _flat(value, f"{path}.") if isinstance(value, dict) and value else {path: value}
    return flat
