"""How lists are asked for: filters, sorts and cursors from the query, checked together."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError

from service.answers.describe import arm_index, arm_names
from service.answers.paging import Cursor, place_at
from service.dependencies import ExistingSweep
from sweeps.ledger.lists import SweepsWanted, TrialsWanted
from sweeps.ledger.records import SweepRecord
from sweeps.states import FINAL, Origin, SweepState, TrialState

SweepSort = Literal["created", "-created", "name", "-name", "finished", "-finished"]
TrialSort = Literal["number", "-number", "value", "-value", "finished", "-finished"]
Archived = Literal["false", "true", "any"]
SHORT: dict[str, Any] = {"max_length": 100, "pattern": r"^[^\x00]*$"}
"""A text that any database can look for."""
ARCHIVED: dict[Archived, bool | None] = {"false": False, "true": True, "any": None}
PLACES: dict[str, tuple[type, ...]] = {
    "created": (int,),
    "name": (str, int),
    "number": (int,),
    "value": (float, int),
    "finished": (float, int),
}
"""The kinds of what a row's place in each order is made of."""


class AskedSweeps(NamedTuple):
    """Which sweeps, in what order, from where."""

    wanted: SweepsWanted
    sort: SweepSort
    after: list[Any] | None


class AskedTrials(NamedTuple):
    """Which trials, in what order, from where."""

    wanted: TrialsWanted
    sort: TrialSort
    after: list[Any] | None


class TrialsQuery(NamedTuple):
    """The same before the sweep is looked at: an arm is a name."""

    arm: str | None
    asked: AskedTrials

    def of(self, sweep: SweepRecord) -> AskedTrials:
        """Raises NoSuchArm."""
        arm = None if self.arm is None else arm_index(arm_names(sweep), self.arm)
        return self.asked._replace(wanted=replace(self.asked.wanted, arm=arm))


async def asked_sweeps(
    state: Annotated[list[SweepState], Query(description="Only sweeps in this state, or one of these.")] = [],  # noqa: B006 - FastAPI copies it
    name: Annotated[
        str | None,
        Query(
            description="Only sweeps whose name contains this, in either case.",
            examples=["fashion"],
            **SHORT,
        ),
    ] = None,
    label: Annotated[
        str | None,
        Query(description="Only sweeps that have this label.", examples=["paper"], **SHORT),
    ] = None,
    user: Annotated[
        str | None,
        Query(description="Only sweeps that this user has posted.", examples=["ada"], **SHORT),
    ] = None,
    archived: Annotated[
        Archived, Query(description="Whether archived sweeps are listed: not, alone, or too.")
    ] = "false",
    created_since: Annotated[
        datetime | None, Query(description="Only sweeps posted at this time or later.", examples=["2026-11-01"])
    ] = None,
    created_until: Annotated[
        datetime | None, Query(description="Only sweeps posted before this time.", examples=["2026-12-01"])
    ] = None,
    sort: Annotated[
        SweepSort, Query(description="`-` sorts downwards. By `finished` only sweeps are listed that have ended.")
    ] = "-created",
    cursor: Cursor = None,
) -> AskedSweeps:
    """Raises RequestValidationError for what excludes each other, BadCursor for a cursor of another sort."""
    since, until = seconds(created_since), seconds(created_until)
    if since is not None and until is not None and since >= until:
        raise wrong("created_until", str(created_until), "must be later than created_since; exchange them")
    if sort.endswith("finished") and state and not set(state) & set(FINAL):
        raise wrong("sort", sort, "lists only sweeps that have ended, and `state` names none; sort by created or name")
    wanted = SweepsWanted(
        states=tuple(state),
        name_contains=name,
        label=label,
        user=user,
        archived=ARCHIVED[archived],
        created_since=since,
        created_until=until,
        sort=_key(sort),
        descending=sort.startswith("-"),
    )
    return AskedSweeps(wanted, sort, place_at(cursor, sort, *PLACES[wanted.sort]))


async def trials_query(
    arm: Annotated[str | None, Query(description="Only this arm's trials, by its name.", examples=["danp"])] = None,
    state: Annotated[list[TrialState], Query(description="Only trials in this state, or one of these.")] = [],  # noqa: B006 - FastAPI copies it
    origin: Annotated[Origin | None, Query(description="Only trials whose configuration came from there.")] = None,
    value_from: Annotated[
        float | None, Query(description="Only trials with at least this value.", examples=[0.9])
    ] = None,
    value_to: Annotated[float | None, Query(description="Only trials of at most this value.", examples=[1.0])] = None,
    contains: Annotated[
        str | None,
        Query(
            description="Only the trial of this number; for other text, those whose configuration or reason has it.",
            examples=["adam"],
            **SHORT,
        ),
    ] = None,
    sort: Annotated[
        TrialSort,
        Query(description="`-` sorts downwards. By `value` and `finished` only trials are listed that have one."),
    ] = "number",
    cursor: Cursor = None,
) -> TrialsQuery:
    """Raises RequestValidationError for what excludes each other, BadCursor for a cursor of another sort."""
    for name, bound in (("value_from", value_from), ("value_to", value_to)):
        if bound is not None and not math.isfinite(bound):
            raise wrong(name, bound, "must be finite; leave it out for no bound")
    if value_from is not None and value_to is not None and value_from > value_to:
        raise wrong("value_to", value_to, "must be at least value_from; exchange them")
    wanted = TrialsWanted(
        states=tuple(state),
        origin=origin,
        value_from=value_from,
        value_to=value_to,
        contains=contains,
        sort=_key(sort),
        descending=sort.startswith("-"),
    )
    return TrialsQuery(arm, AskedTrials(wanted, sort, place_at(cursor, sort, *PLACES[wanted.sort])))


TheSweepsAsked = Annotated[AskedSweeps, Depends(asked_sweeps)]
TheTrialsQuery = Annotated[TrialsQuery, Depends(trials_query)]


async def asked_trials(sweep: ExistingSweep, query: TheTrialsQuery) -> AskedTrials:
    """Raises NoSuchArm."""
    return query.of(sweep)


TheTrialsAsked = Annotated[AskedTrials, Depends(asked_trials)]


def seconds(time: datetime | None) -> float | None:
    """Since 1970; UTC where no zone is given."""
    return None if time is None else time.replace(tzinfo=time.tzinfo or UTC).timestamp()


def wrong(parameter: str, value: object, message: str) -> RequestValidationError:
    """`message`: rule; remedy."""
    found = {"type": "value_error", "loc": ("query", parameter), "msg": message, "ctx": {"error": message}}
    return RequestValidationError([found | {"input": value}])


def _key(sort: str) -> Any:
    return sort.removeprefix("-")
