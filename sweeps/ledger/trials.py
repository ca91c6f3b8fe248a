"""Trials, members and epochs: written in bulk by the coordinator behind the fence, read by everybody."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    Table,
    func,
    or_,
    select,
    update,
)

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.errors import NoSuchTrial
from sweeps.ledger.events import add_event, has_event_of
from sweeps.ledger.insertion import insert_into
from sweeps.ledger.moves import check_fence
from sweeps.ledger.records import (
    PHASES,
    ArmProgress,
    EpochRecord,
    InheritedTrial,
    MemberRecord,
    Metrics,
    Phase,
    StintRecord,
    SweepRecord,
    TrialRecord,
)
from sweeps.ledger.stints import book_stints
from sweeps.ledger.tables import epochs, inherited, members, sweeps, trials
from sweeps.states import Origin, TrialState

TRIAL_COLUMNS = [trials.c[column.name] for column in fields(TrialRecord)]
_MEMBER_COLUMNS = [members.c[column.name] for column in fields(MemberRecord)]
_INHERITED_COLUMNS = [inherited.c[column.name] for column in fields(InheritedTrial)]
_EPOCH_COLUMNS = [epochs.c[column.name] for column in fields(EpochRecord)]
_TRIAL_CHANGES = (
    "state",
    "value",
    "spread",
    "epoch",
    "reason",
    "attempt",
    "started_at",
    "finished_at",
    "device_seconds",
    "told",
    "objectives",
)
_MEMBER_CHANGES = ("state", "epoch", "metrics", "failures", "reason", "device_seconds")


@dataclass(frozen=True)
class NewEpoch:
    """One epoch of one member, as the coordinator books it."""

    phase: Phase
    trial: int
    seed: int
    epoch: int
    metrics: Metrics


@dataclass
class Batch:
    """What the coordinator books in one transaction. Trials, members and stints are given whole; the newest wins."""

    trials: dict[int, TrialRecord] = field(default_factory=dict)
    members: dict[tuple[Phase, int, int], MemberRecord] = field(default_factory=dict)
    epochs: list[NewEpoch] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    stints: dict[tuple[Phase, int, int, float], StintRecord] = field(default_factory=dict)
    """By network and beginning."""
    tried_at: float | None = None
    """When it was first booked: where the answer was lost, the ledger may hold it already."""

    def __bool__(self) -> bool:
        return bool(self.trials or self.members or self.stints or self.epochs or self.events)


class TrialStore:
    """A sweep's trials in the ledger."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def book(self, sweep_id: int, attempt: int, batch: Batch) -> SweepRecord:
        """Writes the batch and a heartbeat in one transaction; returns the sweep as it stands.

        An outcome once accepted stays: a trial or member in a final state is not written again. A batch that is booked
        again, since the answer to its commit was lost, counts once.
        Raises FencedOut where another attempt drives the sweep, LedgerUnreachable where nothing could be written.
        """
        is_again, now = batch.tried_at is not None, time.time()
        batch.tried_at = batch.tried_at or now
        with self._writing.begin() as connection:
            sweep = check_fence(connection, sweep_id, attempt)
            connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(heartbeat_at=now))
            _upsert(connection, trials, batch.trials.values(), ("sweep_id", "number"), _TRIAL_CHANGES)
            _upsert(
                connection,
                members,
                batch.members.values(),
                ("sweep_id", "phase", "trial", "seed"),
                _MEMBER_CHANGES,
            )
            book_stints(connection, batch.stints.values())
            if batch.epochs:
                rows = [vars(epoch) | {"sweep_id": sweep_id, "at": batch.tried_at} for epoch in batch.epochs]
                connection.execute(insert_into(connection, epochs).on_conflict_do_nothing(), rows)
            if not (is_again and has_event_of(connection, sweep_id, batch.tried_at)):
                for kind, data in batch.events:
                    add_event(connection, sweep_id, kind, data, batch.tried_at)
            return sweep

    def page(
        self,
        sweep_id: int,
        limit: int | None = None,
        above: int = -1,
        arm: int | None = None,
        state: TrialState | None = None,
    ) -> list[TrialRecord]:
        """A sweep's trials by number, from above `above`."""
        query = select(*TRIAL_COLUMNS).where(trials.c.sweep_id == sweep_id, trials.c.number > above)
        if arm is not None:
            query = query.where(trials.c.arm == arm)
        if state is not None:
            query = query.where(trials.c.state == state)
        return [TrialRecord(*row) for row in self._rows(query.order_by(trials.c.number).limit(limit))]

    def get(self, sweep_id: int, number: int) -> TrialRecord:
        """Raises NoSuchTrial."""
        query = select(*TRIAL_COLUMNS).where(trials.c.sweep_id == sweep_id, trials.c.number == number)
        rows = self._rows(query)
        if not rows:
            raise NoSuchTrial(f"sweep {sweep_id} has no trial {number}")
        return TrialRecord(*rows[0])

    def inherited(self, sweep_id: int, arm: int | None = None) -> list[InheritedTrial]:
        """The trials of earlier sweeps with which the sweep's samplers began, by arm and number."""
        query = select(*_INHERITED_COLUMNS).where(inherited.c.sweep_id == sweep_id)
        if arm is not None:
            query = query.where(inherited.c.arm == arm)
        rows = self._rows(query.order_by(inherited.c.arm, inherited.c.number))
        return [InheritedTrial(*row) for row in rows]

    def inherited_counts(self, sweep_id: int) -> dict[int, int]:
        """How many trials of earlier sweeps each arm began with; arms without any are left out."""
        query = select(inherited.c.arm, func.count().label("trials")).where(inherited.c.sweep_id == sweep_id)
        return {row.arm: row.trials for row in self._rows(query.group_by(inherited.c.arm))}

    def enqueued_counts(self, sweep_id: int) -> dict[int, int]:
        """How many of each arm's trials a person enqueued; arms without any are left out."""
        query = select(trials.c.arm, func.count().label("trials")).where(trials.c.sweep_id == sweep_id)
        query = query.where(trials.c.origin == Origin.ENQUEUED)
        return {row.arm: row.trials for row in self._rows(query.group_by(trials.c.arm))}

    def members(self, sweep_id: int, trial: int | None = None) -> list[MemberRecord]:
        """The networks of a sweep, or of one trial."""
        query = select(*_MEMBER_COLUMNS).where(members.c.sweep_id == sweep_id)
        if trial is not None:
            query = query.where(members.c.phase.in_(PHASES), members.c.trial == trial)
        ordered = query.order_by(members.c.phase.desc(), members.c.trial, members.c.seed)
        return [MemberRecord(*row) for row in self._rows(ordered)]

    def members_of(self, sweep_id: int, numbers: Collection[int], phase: Phase | None = None) -> list[MemberRecord]:
        """The networks of these trials, of both phases or of one, in no order."""
        phases = PHASES if phase is None else (phase,)
        query = select(*_MEMBER_COLUMNS).where(members.c.sweep_id == sweep_id)
        query = query.where(members.c.phase.in_(phases), members.c.trial.in_(numbers))
        return [MemberRecord(*row) for row in self._rows(query)]

    def epochs(
        self, sweep_id: int, trial: int | None = None, after: int = 0, limit: int | None = None
    ) -> list[EpochRecord]:
        """What was measured, in the order in which it was booked, from above id `after`."""
        query = select(*_EPOCH_COLUMNS).where(epochs.c.sweep_id == sweep_id)
        if trial is not None:
            return self._epochs_of_trial(query.where(epochs.c.trial == trial), after)[:limit]
        query = query.where(epochs.c.id > after).order_by(epochs.c.id).limit(limit)
        return [EpochRecord(*row) for row in self._rows(query)]

    def epochs_of(self, sweep_id: int, numbers: Collection[int]) -> list[EpochRecord]:
        """What these trials have measured, in no order."""
        query = select(*_EPOCH_COLUMNS).where(epochs.c.sweep_id == sweep_id, epochs.c.trial.in_(numbers))
        return [EpochRecord(*row) for row in self._rows(query)]

    def newest_epoch(self, sweep_id: int) -> int:
        """The id of the epoch that was booked last; 0 where there is none."""
        with self._reading.connect() as connection:
            return connection.scalar(select(func.max(epochs.c.id)).where(epochs.c.sweep_id == sweep_id)) or 0

    def _epochs_of_trial(self, query: Select[Any], after: int) -> list[EpochRecord]:
        # Ordered here: asked for order by id, SQLite walks through the whole sweep's epochs to find one trial's.
        found = [EpochRecord(*row) for row in self._rows(query)]
        return sorted((epoch for epoch in found if epoch.id > after), key=lambda epoch: epoch.id)

    def progress(self, sweep_id: int, maximise: bool) -> list[ArmProgress]:
        """Trials by state and the best completed value, for every arm that has a trial."""
        counted = (
            select(trials.c.arm, trials.c.state, func.count().label("trials"))
            .where(trials.c.sweep_id == sweep_id)
            .group_by(trials.c.arm, trials.c.state)
        )
        counts: dict[int, dict[TrialState, int]] = {}
        for row in self._rows(counted):
            counts.setdefault(row.arm, {})[row.state] = row.trials
        best = {arm: self._best(sweep_id, arm, maximise) for arm in counts}
        return [ArmProgress(arm, counts[arm], *(best[arm] or (None, None))) for arm in sorted(counts)]

    def _best(self, sweep_id: int, arm: int, maximise: bool) -> tuple[float, int] | None:
        order = trials.c.value.desc() if maximise else trials.c.value
        query = (
            select(trials.c.value, trials.c.number)
            .where(trials.c.sweep_id == sweep_id, trials.c.arm == arm)
            .where(trials.c.state == TrialState.COMPLETED, trials.c.value.is_not(None))
            .order_by(order, trials.c.number)
            .limit(1)
        )
        rows = self._rows(query)
        return (rows[0].value, rows[0].number) if rows else None

    def _rows(self, query: Select[*tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
        with self._reading.connect() as connection:
            return list(connection.execute(query).all())


def _upsert(
    connection: Connection,
    table: Table,
    records: Iterable[TrialRecord | MemberRecord],
    key: tuple[str, ...],
    changes: tuple[str, ...],
) -> None:
    rows: list[Mapping[str, Any]] = [vars(record) for record in records]
    if not rows:
        return
    statement = insert_into(connection, table)
    statement = statement.on_conflict_do_update(
        index_elements=list(key),
        set_={name: statement.excluded[name] for name in changes},
        where=or_(table.c.state == TrialState.WAITING, table.c.state == TrialState.RUNNING),
    )
    connection.execute(statement, rows)
