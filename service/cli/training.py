"""How far the trials are that train just now, which may take hours: the epoch that each is at, of how many."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.answers.views import SweepView, TrialSummary
    from service.client import Client

MOST_SHOWN = 5
EPOCHS = "training.epochs"


def training_now(client: "Client", sweep: "SweepView") -> str | None:
    """In one line; None where no trial trains, or the service starts again."""
    from service.client import ServiceUnreachable

    running = sum(arm.running for arm in sweep.arms)
    if not running or sweep.state.is_final:
        return None
    try:
        found = list(client.trials(sweep.id, MOST_SHOWN, state="running"))
    except ServiceUnreachable:
        return None
    said = [f"{one.arm} trial {one.number} at epoch {one.epoch} of {_epochs(sweep.spec, one)}" for one in found]
    more = [f"{running - len(found)} more"] if running > len(found) else []
    return f"training now: {', '.join([*said, *more])}" if found else None


def _epochs(spec: dict[str, Any], trial: "TrialSummary") -> object:
    """Searched, or fixed in the arm, or the same for all."""
    fixed = next(arm["fixed"] for arm in spec["compare"] if arm["name"] == trial.arm)
    return trial.configuration.get(EPOCHS, fixed.get(EPOCHS, spec["training"]["epochs"]))
