"""The table of a sweep's trials: one page of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from fastapi import Request

from service.answers.describe import arm_names, parsed, trial_summary
from service.answers.links import tracking_link
from service.answers.lists import AskedTrials, TrialsQuery
from service.answers.paging import page_of
from service.answers.views import TrialSummary
from service.pages.queries import changed_at
from sweeps.ledger import Ledger
from sweeps.ledger.lists import place_of_trial
from sweeps.ledger.records import SweepRecord

PAGE = 25
MOST_PATHS = 6
"""Columns of the configuration; the trial's own page shows all of it."""
SORTS = {
    "-number": "Newest first",
    "number": "Oldest first",
    "-value": "Highest value first",
    "value": "Lowest value first",
    "-finished": "Last to end first",
    "finished": "First to end first",
}
HEADS = {"number": "Trial", "value": "Value", "finished": "Ended"}
FILTERS = ("arm", "state", "contains", "origin", "value_from", "value_to")


@dataclass(frozen=True)
class Head:
    """Of a column by which the table can be sorted."""

    title: str
    address: str
    """Sorts by it: downwards first."""
    key: str
    """The sort that the address asks for."""
    is_sorted: str
    """As `aria-sort` says it."""


@dataclass(frozen=True)
class TrialTable:
    """One page of the table, and where its other pages are."""

    rows: list[TrialSummary]
    places: dict[str, int]
    """Of the arms in `compare`, by name."""
    paths: list[str]
    """Of the configuration: the columns."""
    heads: dict[str, Head]
    total: int
    """On all pages."""
    later: str | None
    first: str | None
    is_filtered: bool


def page_trials(request: Request, query: TrialsQuery, sweep: SweepRecord) -> AskedTrials:
    """As the address says; the newest first where it says no order. Raises NoSuchArm."""
    asked = query.of(sweep)
    if "sort" in request.query_params:
        return asked
    return asked._replace(wanted=replace(asked.wanted, descending=True), sort="-number")


def trial_table(request: Request, ledger: Ledger, sweep: SweepRecord, asked: AskedTrials) -> TrialTable:
    names = arm_names(sweep)
    found = page_of(
        ledger.lists.trials(sweep.id, asked.wanted, PAGE + 1, asked.after),
        PAGE,
        lambda trial: trial_summary(trial, names, tracking_link(request, trial.tracking_id)),
        lambda trial: place_of_trial(trial, asked.wanted.sort),
        asked.sort,
    )
    to = partial(changed_at, f"/sweeps/{sweep.id}", request, known=None)
    return TrialTable(
        rows=found.items,
        places={name: place for place, name in enumerate(names)},
        paths=_paths(sweep, asked.wanted.arm),
        heads={key: _head(to, key, title, asked.sort) for key, title in HEADS.items()},
        total=ledger.lists.count_trials(sweep.id, asked.wanted),
        later=to(cursor=found.next, sort=asked.sort) if found.next else None,
        first=to(cursor=None) if asked.after else None,
        is_filtered=any(name in request.query_params for name in FILTERS),
    )


def _head(to: Callable[..., str], key: str, title: str, sort: str) -> Head:
    wanted = key if sort == f"-{key}" else f"-{key}"
    is_sorted = {key: "ascending", f"-{key}": "descending"}.get(sort, "none")
    return Head(title, to(sort=wanted, cursor=None), wanted, is_sorted)


def _paths(sweep: SweepRecord, arm: int | None) -> list[str]:
    """What the arms search, or the one that is asked for."""
    spaces = [one.space for place, one in enumerate(parsed(sweep.spec).compare) if arm in (None, place)]
    return list(dict.fromkeys(path for space in spaces for path in space))[:MOST_PATHS]
