"""The parts of a sweep's page, each written by itself: a page that is open gets those that have changed."""

import hashlib
from typing import Any

from fastapi import Request

from service.answers.describe import parsed
from service.answers.lists import AskedTrials
from service.answers.views import SweepView, View
from service.control.sharing import Sharing
from service.pages.sweep_buttons import WhyNot, why_not
from service.pages.sweep_lanes import lane_rows
from service.pages.sweep_trials import trial_table
from service.pages.sweep_words import all_lost, event_words, outline, standing
from service.pages.templating import rendered
from service.routes.answers import shown
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord
from sweeps.report import Report
from sweeps.report.rounding import with_spread
from sweeps.states import SweepState, TrialState

NAMES = ("head", "progress", "trials", "lanes", "events")
MOST_EVENTS = 15
"""Of each kind: those of single trials, and all others."""


class Part(View):
    """One part."""

    tag: str
    """Changes with it."""
    html: str

    def __html__(self) -> str:
        return self.html


class Sight(View):
    """The sweep's page as of now, without what is only written once."""

    title: str
    is_final: bool
    why_not: WhyNot
    """By button."""
    fields: dict[str, str]
    """What the forms begin with, by field: who keeps the page open must not put back what others have changed."""
    measured: str
    """Changes when there is more to draw."""
    parts: dict[str, Part]


def sight(request: Request, ledger: Ledger, sweep: SweepRecord, asked: AskedTrials) -> Sight:
    """Reads the sweep's trials by page, and counts the others."""
    measured = f"{ledger.events.newest(sweep.id)}-{ledger.trials.newest_epoch(sweep.id)}"
    view = shown(request, sweep)
    sharing: Sharing = request.app.state.sharing
    context: dict[str, Any] = {
        "sweep": view,
        "owner": _owner(ledger, sweep),
        "standing": standing(view),
        "outline": outline(parsed(sweep.spec)),
        "all_lost": all_lost(view),
        "done": sum(arm.done for arm in view.arms),
        "budget": sum(arm.budget for arm in view.arms),
        "running": sum(arm.running for arm in view.arms),
        "best": _best(view),
        "table": trial_table(request, ledger, sweep, asked),
        "tested": _tested(ledger, sweep),
        "lanes": lane_rows(ledger, sweep),
        "devices": sharing.devices() if sweep.spec["lanes"] == "auto" else None,
        "events": _events(ledger, sweep.id),
    }
    parts = {name: _part(request, name, context) for name in NAMES}
    return Sight(
        title=f"{view.name}: {view.state}",
        is_final=sweep.state.is_final,
        why_not=why_not(sweep, _failed(ledger, view)),
        fields=_fields(sweep),
        measured=measured,
        parts=parts,
    )


def _part(request: Request, name: str, context: dict[str, Any]) -> Part:
    html = rendered(request, f"parts/sweep_{name}.html", **context)
    return Part(tag=hashlib.sha256(html.encode()).hexdigest()[:12], html=html)


def _fields(sweep: SweepRecord) -> dict[str, str]:
    counts = {name: sweep.spec[name] for name in ("lanes", "trials_per_lane")}
    return {
        **{name: "" if count == "auto" else str(count) for name, count in counts.items()},
        "trials": str(sweep.spec["budget"]["trials"] * 2),
        "priority": str(sweep.priority),
        "labels": ", ".join(sweep.labels or []),
        "note": sweep.note or "",
    }


def _owner(ledger: Ledger, sweep: SweepRecord) -> str:
    return ledger.users.get(sweep.user_id, sweep.team_id).name


def _best(view: SweepView) -> Any:
    """The arm with the best value of all."""
    found = [arm for arm in view.arms if arm.best_value is not None]
    sign = 1 if view.direction == "maximise" else -1
    return max(found, key=lambda arm: sign * (arm.best_value or 0.0), default=None)


def _tested(ledger: Ledger, sweep: SweepRecord) -> dict[int, str]:
    """By the place of an arm, what a completed sweep has measured on the test split."""
    stored = ledger.sweeps.report(sweep.id) if sweep.state is SweepState.COMPLETED else None
    arms = Report.model_validate(stored).arms if stored else ()
    return {arm.arm: f"{with_spread(arm.test.mean, arm.test.std)} ({arm.test.n})" for arm in arms if arm.test}


def _events(ledger: Ledger, sweep_id: int) -> list[tuple[int, float, str, int | None]]:
    """Each with its id: when, what, and which trial, newest first."""
    found = [event for of_trials in (True, False) for event in ledger.events.latest(sweep_id, MOST_EVENTS, of_trials)]
    ordered = sorted(found, key=lambda event: event.id, reverse=True)
    return [(event.id, event.at, event_words(event), _trial(event.data)) for event in ordered]


def _trial(data: dict[str, Any]) -> int | None:
    found = data.get("number", data.get("trial"))
    return found if isinstance(found, int) else None


def _failed(ledger: Ledger, view: SweepView) -> int:
    confirmation = ledger.progress.networks(view.id, "confirmation")
    return sum(arm.failed for arm in view.arms) + confirmation.get(TrialState.FAILED, 0)
