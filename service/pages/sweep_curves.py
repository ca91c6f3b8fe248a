"""A sweep's learning curves as its page draws them: the best of each arm, what trains now, a sample of others."""

import math
from collections.abc import Iterable
from typing import Literal

from service.answers.describe import arm_index, arm_names, parsed
from service.answers.views import View
from sweeps.arm_colours import arm_style
from sweeps.ledger import Ledger
from sweeps.ledger.curves import CurveTrial
from sweeps.ledger.records import ArmProgress, SweepRecord
from sweeps.states import TrialState

MOST_TRIALS = 64
MOST_POINTS = 40
"""Of each."""

Role = Literal["best", "training", "other"]


class DrawnArm(View):
    """How an arm looks."""

    name: str
    colour: str
    dash: str


class DrawnCurve(View):
    """One trial's mean over its networks."""

    trial: int
    arm: int
    """Place in `arms`."""
    state: TrialState
    role: Role
    points: list[tuple[int, float | None]]
    """Epoch and value; null where that was not finite."""


class DrawnCurves(View):
    """What is drawn; of every other trial there is nothing in it."""

    metric: str
    maximise: bool
    arms: list[DrawnArm]
    curves: list[DrawnCurve]
    """Those that are drawn over others come last."""
    trials: int
    """How many have an outcome, or train, in the arms that are drawn."""


def drawn_curves(ledger: Ledger, sweep: SweepRecord, arms: Iterable[str] = ()) -> DrawnCurves:
    """Of these arms, or of all. Raises NoSuchArm."""
    spec, names = parsed(sweep.spec), arm_names(sweep)
    chosen = sorted({arm_index(names, name) for name in arms}) or list(range(len(names)))
    progress = [one for one in ledger.trials.progress(sweep.id, spec.maximise) if one.arm in chosen]
    most = max(4, MOST_TRIALS // len(chosen))
    best = {one.best_trial for one in progress if one.best_trial is not None}
    found = {trial.number: trial for one in progress for trial in _chosen(ledger, sweep.id, one, most)}
    found |= {trial.number: trial for trial in ledger.curves.numbered(sweep.id, best)}
    at = _epochs(max((trial.epoch for trial in found.values()), default=0))
    means = ledger.curves.means(sweep.id, list(found), spec.metric, at)
    curves = [
        DrawnCurve(trial=trial.number, arm=trial.arm, state=trial.state, role=_role(trial, best), points=points)
        for trial in found.values()
        if (points := [(epoch, _short(mean)) for epoch, mean in means.get(trial.number, [])])
    ]
    return DrawnCurves(
        metric=spec.metric,
        maximise=spec.maximise,
        arms=[_arm(index, name) for index, name in enumerate(names)],
        curves=sorted(curves, key=lambda curve: (_ORDER[curve.role], curve.trial)),
        trials=sum(_begun(one) for one in progress),
    )


_ORDER: dict[Role, int] = {"other": 0, "training": 1, "best": 2}


def _chosen(ledger: Ledger, sweep_id: int, arm: ArmProgress, most: int) -> list[CurveTrial]:
    """Half of them train now, if so many do. The sample of others keeps its trials while the arm grows, until it is
    halved: a curve that is drawn does not vanish with the next one that ends."""
    training = ledger.curves.training(sweep_id, arm.arm, most // 2)
    ended = sum(count for state, count in arm.counts.items() if state.is_final)
    return [*training, *ledger.curves.every(sweep_id, arm.arm, _step(ended, most - most // 2), most)]


def _step(there: int, most: int) -> int:
    """The power of two of which at most about so many multiples are there."""
    return 1 << max(0, math.ceil(math.log2(there / most))) if there > most else 1


def _epochs(last: int) -> list[int]:
    return [1, *range(_step(last, MOST_POINTS), last + 1, _step(last, MOST_POINTS))]


def _role(trial: CurveTrial, best: set[int]) -> Role:
    if trial.number in best:
        return "best"
    return "other" if trial.state.is_final else "training"


def _begun(arm: ArmProgress) -> int:
    return sum(count for state, count in arm.counts.items() if state is not TrialState.WAITING)


def _arm(index: int, name: str) -> DrawnArm:
    style = arm_style(index)
    return DrawnArm(name=name, colour=style.colour, dash=style.dash)


def _short(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.5g}")
