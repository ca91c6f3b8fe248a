"""A sweep's standing and its events as sentences."""

from collections.abc import Callable, Mapping
from typing import Any

from service.answers.views import SweepView
from service.pages.words import number, plural
from sweeps.ledger.records import EventRecord
from sweeps.spec import SweepSpec
from sweeps.states import SweepState

Data = Mapping[str, Any]


def standing(sweep: SweepView) -> str:
    """What goes on now, and what a person can do about it; the reason stands beside it."""
    if sweep.state is SweepState.QUEUED:
        waits = sweep.why_pending
        return f"It waits: {waits}." if waits else "Its turn has come: it starts within seconds."
    if sweep.state is SweepState.STARTING and sweep.attempt > 1:
        return f"It is taken up again where it was, in attempt {sweep.attempt}."
    if sweep.state is SweepState.CONFIRMING:
        done = f"{sweep.confirmation.done} of {plural(sweep.confirmation.networks, 'network')}"
        return f"The search is over. The best of each arm is trained anew with fresh seeds: {done}."
    if sweep.state is SweepState.RUNNING and not any(arm.done or arm.running for arm in sweep.arms):
        return "Its lanes are starting: the first networks begin within seconds."
    return _STANDING[sweep.state]


_STANDING = {
    SweepState.STARTING: "Its driver and its lanes are being started on the cluster.",
    SweepState.RUNNING: "The search is running.",
    SweepState.PAUSING: "Its networks are being saved; then the devices are free.",
    SweepState.PAUSED: "Every network is saved. Resume it to go on where it was.",
    SweepState.STOPPING: "It is coming to an orderly end; what was measured is kept.",
    SweepState.STOPPED: "What was measured is kept. Resume it to go on where it was.",
    SweepState.COMPLETED: "Every arm has spent its budget, and the best of each was measured on the test split.",
    SweepState.FAILED: "What was measured is kept. Resume it when the cause is gone.",
}


def outline(spec: SweepSpec) -> str:
    """What is trained and how it is searched, in one line."""
    said = [spec.data.name, f"{spec.network.kind} network", plural(spec.training.epochs, "epoch")]
    if spec.replicates > 1:
        said.append(f"{spec.replicates} networks a trial")
    pruner = spec.search.pruner.name
    return ", ".join(
        [*said, f"{spec.search.sampler.name} sampler", "no pruner" if pruner == "none" else f"{pruner} pruner"]
    )


def all_lost(sweep: SweepView) -> str | None:
    """Said where trials have ended, and every one of them was lost."""
    done = sum(arm.done for arm in sweep.arms)
    lost = {state: sum(getattr(arm, state) for arm in sweep.arms) for state in ("failed", "diverged")}
    if not done or sum(lost.values()) < done:
        return None
    counts = " and ".join(f"{count:,} {state}" for state, count in lost.items() if count)
    return f"No trial has completed so far: {counts}. Their reasons stand in the table of trials, more in the logs."


def event_words(event: EventRecord) -> str:
    """The event in one sentence; of a kind that is not known here, its name."""
    told = _EVENTS.get(event.kind)
    return told(event.data) if told else event.kind.replace(".", " ").capitalize()


def _trial(data: Data) -> str:
    value = f" with {number(data['value'])}" if data.get("value") is not None else ""
    return f"Trial {data['number']} of {data['arm']} {_ended(data['state'])}{value}"


def _confirmation(data: Data) -> str:
    return f"Seed {data['seed']} of the confirmation of {data['arm']} {_ended(data['state'])}"


def _ended(state: str) -> str:
    """`completed`, `was pruned`."""
    return f"was {state}" if state in ("pruned", "stopped") else state


def _state(data: Data) -> str:
    reason = f": {data['reason']}" if data.get("reason") else ""
    return f"{str(data['state']).capitalize()}{reason}"


def _changed(data: Data) -> str:
    if "archived" in data:
        return "Archived" if data["archived"] else "Taken from the archive"
    return f"{' and '.join(data).capitalize()} changed"


def _compared(data: Data) -> str:
    if data.get("problem"):
        return f"Could not be compared with MLflow and storage: {data['problem']}"
    return f"Compared with MLflow and storage: {plural(int(data.get('total', 0)), 'difference')}"


_EVENTS: dict[str, Callable[[Data], str]] = {
    "trial.finished": _trial,
    "confirmation.finished": _confirmation,
    "sweep.state": _state,
    "sweep.cloned": lambda data: f"Cloned from sweep {data['source']}",
    "sweep.extended": lambda data: f"Extended from {data['before']:,} to {data['trials']:,} trials for each arm",
    "sweep.enqueued": lambda data: f"A configuration was enqueued in {data['arm']}",
    "sweep.resized": lambda data: f"Lanes changed to {data['lanes']}, networks in each to {data['trials_per_lane']}",
    "sweep.priority": lambda data: f"Priority changed from {data['before']} to {data['priority']}",
    "sweep.changed": _changed,
    "attempt.failed": lambda data: f"The driver of attempt {data['attempt']} ended by itself",
    "enqueued.late": lambda data: (
        f"{data['waiting']} enqueued in {data['arm']} came after its budget: extend the sweep"
    ),
    "reconciliation.ended": _compared,
}
