"""What has become of a trial, in a sentence or two."""

from dataclasses import dataclass

from service.pages.words import number, plural
from sweeps.ledger.records import SweepRecord, TrialRecord
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState

TONES = {
    TrialState.COMPLETED: "good",
    TrialState.PRUNED: "warn",
    TrialState.DIVERGED: "bad",
    TrialState.FAILED: "bad",
}


@dataclass(frozen=True)
class Story:
    words: str
    tone: str
    """`good`, `warn`, `bad` or nothing: how the notice looks."""
    more: str = ""
    """A traceback, where there is one."""
    remedy: str = ""
    """What a person can do."""


def story(sweep: SweepRecord, spec: SweepSpec, trial: TrialRecord, epochs: int, best: TrialRecord | None) -> Story:
    """`best`: the arm's best completed trial."""
    first, _, rest = (trial.reason or "").partition("\n")
    tone = TONES.get(trial.state, "")
    match trial.state:
        case TrialState.WAITING:
            return Story(_waits(sweep), tone)
        case TrialState.RUNNING if not trial.epoch:
            return Story("In training; its first epoch has not been measured yet.", tone)
        case TrialState.RUNNING:
            return Story(f"In training: {trial.epoch} of {plural(epochs, 'epoch')}.", tone)
        case TrialState.COMPLETED:
            return Story(f"Trained all its {plural(epochs, 'epoch')}. {_beside(spec, trial, best)}", tone)
        case TrialState.PRUNED:
            return Story(_sentence(first), tone, rest, _remedy(spec, trial))
        case TrialState.DIVERGED:
            return Story(_sentence(first), tone, rest, _remedy(spec, trial))
        case TrialState.FAILED:
            lines = [line for line in (trial.reason or "").splitlines() if line.strip()]
            said = lines[-1].strip() if rest else first
            return Story(
                f"Failed: {_sentence(said, upper=False)}",
                tone,
                trial.reason if rest and trial.reason else "",
                _remedy(spec, trial),
            )
        case TrialState.STOPPED:
            return Story(_sentence(first) if first else "Stopped before its end, as its sweep was.", tone, rest)


def _waits(sweep: SweepRecord) -> str:
    match sweep.state:
        case SweepState.PAUSED | SweepState.PAUSING:
            return "Waits: its sweep is paused. It goes on when that is resumed."
        case SweepState.QUEUED:
            return "Waits for its sweep's turn."
        case _:
            return "Waits for a place in a lane."


def _beside(spec: SweepSpec, trial: TrialRecord, best: TrialRecord | None) -> str:
    arm = spec.compare[trial.arm].label()
    if best is None or best.number == trial.number:
        return f"The best of {arm} so far."
    return f"The best of {arm} is trial {best.number} with {number(best.value)}."


def _remedy(spec: SweepSpec, trial: TrialRecord) -> str:
    match trial.state:
        case TrialState.PRUNED:
            pruner = spec.search.pruner.name
            return f"The sweep's pruner is {pruner}. Trained alone again, as below, it goes on to its last epoch."
        case TrialState.DIVERGED:
            return "A smaller learning rate or noise scale is what most often helps; the search learns to avoid it."
        case _:
            return "Once the sweep is paused or has ended, its failed trials can be trained again: npsweep retry."


def _sentence(text: str, upper: bool = True) -> str:
    if not text:
        return "no reason was given."
    whole = text if text.endswith((".", "!", "?")) else f"{text}."
    return whole[0].upper() + whole[1:] if upper else whole
