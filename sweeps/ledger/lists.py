"""Lists a page at a time: filtered, sorted, and going on after the last row that was given."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Connection, Engine, Select, Text, cast, false, func, or_, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.moves import HEADER_COLUMNS, sweep_header
from sweeps.ledger.ordering import Place, ordered
from sweeps.ledger.records import SweepHeader, TrialRecord
from sweeps.ledger.tables import sweeps, trials, users
from sweeps.ledger.trials import TRIAL_COLUMNS
from sweeps.states import Origin, SweepState, TrialState

SweepKey = Literal["created", "name", "finished"]
TrialKey = Literal["number", "value", "finished"]


@dataclass(frozen=True)
class SweepsWanted:
    """Which sweeps of a team; None and () leave a criterion out. Times are seconds since 1970."""

    states: tuple[SweepState, ...] = ()
    name_contains: str | None = None
    label: str | None = None
    user: str | None = None
    archived: bool | None = False
    """Only the archived ones, only the others, or both."""
    created_since: float | None = None
    created_until: float | None = None
    sort: SweepKey = "created"
    """By `finished` only sweeps are listed that have ended."""
    descending: bool = True


@dataclass(frozen=True)
class TrialsWanted:
    """Which trials of a sweep; None and () leave a criterion out."""

    arm: int | None = None
    states: tuple[TrialState, ...] = ()
    origin: Origin | None = None
    value_from: float | None = None
    value_to: float | None = None
    contains: str | None = None
    """The trial of this number; else those whose configuration or reason contains the text, in either case."""
    sort: TrialKey = "number"
    """By `value` and `finished` only trials are listed that have one."""
    descending: bool = False


class Lists:
    """Pages of what a team and a sweep have."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def sweeps(
        self, team_id: int, wanted: SweepsWanted | None = None, limit: int | None = None, after: Place | None = None
    ) -> list[SweepHeader]:
        """A team's sweeps, the newest first if nothing else is wanted; `after` is a place in their order."""
        wanted = wanted or SweepsWanted()
        with self._reading.connect() as connection:
            query = _chosen_sweeps(connection, select(*HEADER_COLUMNS).where(sweeps.c.team_id == team_id), wanted)
            query = ordered(query, _SWEEP_ORDERS[wanted.sort], wanted.descending, after)
            return [sweep_header(row) for row in connection.execute(query.limit(limit)).all()]

    def trials(
        self, sweep_id: int, wanted: TrialsWanted | None = None, limit: int | None = None, after: Place | None = None
    ) -> list[TrialRecord]:
        """A sweep's trials, by number if nothing else is wanted; `after` is a place in their order."""
        wanted = wanted or TrialsWanted()
        query = _chosen_trials(select(*TRIAL_COLUMNS).where(trials.c.sweep_id == sweep_id), wanted)
        query = ordered(query, _TRIAL_ORDERS[wanted.sort], wanted.descending, after)
        with self._reading.connect() as connection:
            return [TrialRecord(*row) for row in connection.execute(query.limit(limit)).all()]

    def count_trials(self, sweep_id: int, wanted: TrialsWanted) -> int:
        """How many trials all pages together have."""
        query = _chosen_trials(select(func.count()).where(trials.c.sweep_id == sweep_id), wanted)
        query = query.where(_TRIAL_ORDERS[wanted.sort][0].is_not(None))
        with self._reading.connect() as connection:
            return connection.scalar(query) or 0


def place_of_sweep(sweep: SweepHeader, sort: SweepKey) -> Place:
    """Where the sweep stands in that order."""
    places: dict[SweepKey, Place] = {
        "created": [sweep.id],
        "name": [sweep.name, sweep.id],
        "finished": [sweep.finished_at, sweep.id],
    }
    return places[sort]


def place_of_trial(trial: TrialRecord, sort: TrialKey) -> Place:
    """Where the trial stands in that order."""
    places: dict[TrialKey, Place] = {
        "number": [trial.number],
        "value": [trial.value, trial.number],
        "finished": [trial.finished_at, trial.number],
    }
    return places[sort]


_SWEEP_ORDERS: dict[SweepKey, list[Column[Any]]] = {
    "created": [sweeps.c.id],  # given in that order
    "name": [sweeps.c.name, sweeps.c.id],
    "finished": [sweeps.c.finished_at, sweeps.c.id],
}
_SAID = (trials.c.configuration, trials.c.reason)
"""Where words of a trial stand."""
_TRIAL_ORDERS: dict[TrialKey, list[Column[Any]]] = {
    "number": [trials.c.number],
    "value": [trials.c.value, trials.c.number],
    "finished": [trials.c.finished_at, trials.c.number],
}


def _chosen_sweeps(connection: Connection, query: Select[Any], wanted: SweepsWanted) -> Select[Any]:
    if wanted.states:
        query = query.where(sweeps.c.state.in_(wanted.states))
    if wanted.name_contains is not None:
        query = query.where(sweeps.c.name.icontains(wanted.name_contains, autoescape=True))
    if wanted.label is not None:
        query = query.where(_has_label(connection, wanted.label))
    if wanted.user is not None:
        named = select(users.c.id).where(users.c.name == wanted.user)
        query = query.where(sweeps.c.user_id.in_(named))
    if wanted.archived is not None:
        query = query.where(sweeps.c.archived_at.is_not(None) if wanted.archived else sweeps.c.archived_at.is_(None))
    if wanted.created_since is not None:
        query = query.where(sweeps.c.created_at >= wanted.created_since)
    if wanted.created_until is not None:
        query = query.where(sweeps.c.created_at < wanted.created_until)
    return query


def _has_label(connection: Connection, label: str) -> Any:
    """Each database opens a JSON list in its own way; a sweep without labels has no list."""
    if connection.dialect.name == "postgresql":
        is_list = func.json_typeof(sweeps.c.labels) == "array"
        one = func.json_array_elements_text(sweeps.c.labels).table_valued("value").render_derived()
        found = select(one.c.value).where(one.c.value == label).correlate(sweeps).exists()
        return func.coalesce(is_list & found, false())
    one = func.json_each(sweeps.c.labels).table_valued("value")
    return select(one.c.value).where(one.c.value == label).correlate(sweeps).exists()


def _chosen_trials(query: Select[Any], wanted: TrialsWanted) -> Select[Any]:
    if wanted.arm is not None:
        query = query.where(trials.c.arm == wanted.arm)
    if wanted.states:
        query = query.where(trials.c.state.in_(wanted.states))
    if wanted.origin is not None:
        query = query.where(trials.c.origin == wanted.origin)
    if wanted.value_from is not None:
        query = query.where(trials.c.value >= wanted.value_from)
    if wanted.value_to is not None:
        query = query.where(trials.c.value <= wanted.value_to)
    if wanted.contains is not None:
        query = query.where(_has_text(wanted.contains))
    return query


def _has_text(text: str) -> ColumnElement[bool]:
    """A number is that of a trial: as digits it would stand in every other configuration."""
    if text.isdecimal():
        return cast(trials.c.number, Text) == text
    return or_(*(cast(column, Text).icontains(text, autoescape=True) for column in _SAID))
