"""A trial in the coordinator's memory: its members, its value by epoch, and its outcome."""

import math
import statistics
import time
from dataclasses import dataclass, field, replace

from sweeps.device_time import booked
from sweeps.exchange import LanePass
from sweeps.ledger.records import MemberRecord, Metrics, StintRecord, TrialRecord
from sweeps.member import MemberKey
from sweeps.search_section import DEVICE_SECONDS
from sweeps.states import TrialState


@dataclass
class Member:
    """One network: what it has reported, and which lane holds it under which lease."""

    record: MemberRecord
    lane: LanePass | None = None
    lease: int = 0
    losses: int = 0
    stint: StintRecord | None = None
    """Its time in this lane; where it has just left one, the time in that."""
    is_booked: bool = True
    """Whether its stint is booked as it stands."""

    @property
    def key(self) -> MemberKey:
        return MemberKey(self.record.phase, self.record.trial, self.record.seed)

    @property
    def is_suspect(self) -> bool:
        """Whether it may be what ended its lane: it is then tried alone, so that it ends no neighbour's."""
        return self.record.failures > 0 or self.losses > 1

    def enter(self, lane: LanePass, lease: int, attempt: int) -> None:
        """Is in training from now on, in the hands of the lane."""
        self.become(TrialState.RUNNING)
        self.lane, self.lease = lane, lease
        own = self.record
        self.stint = StintRecord(
            own.sweep_id, own.phase, own.trial, own.seed, lane.lane, attempt, since=time.time(), until=None
        )
        self.is_booked = False

    def note(self, epoch: int, metrics: Metrics, device_seconds: float) -> None:
        """Takes over one epoch's report, which clears the member of what was suspected."""
        spent = self.record.device_seconds + booked(device_seconds)
        self.record = replace(self.record, epoch=epoch, metrics=metrics, device_seconds=spent, failures=0)
        self.losses = 0

    def become(self, state: TrialState, reason: str | None = None) -> None:
        """Changes state; whoever held the member holds it no longer, unless it now runs."""
        self.record = replace(self.record, state=state, reason=reason or self.record.reason)
        if state is not TrialState.RUNNING:
            self._leave()

    def _leave(self) -> None:
        self.lane = None
        if self.stint is not None and self.stint.until is None:
            self.stint, self.is_booked = replace(self.stint, until=max(self.stint.since, time.time())), False

    def to_book(self) -> StintRecord | None:
        """Its stint where it has begun or ended since this was last asked; an ended one is forgotten."""
        found = None if self.is_booked else self.stint
        self.is_booked = True
        if found is not None and found.until is not None:
            self.stint = None
        return found


@dataclass
class Trial:
    """One configuration with its replicates. Its value at an epoch is the mean over all of them."""

    record: TrialRecord
    members: dict[int, Member]
    """By seed."""
    reported: dict[int, float] = field(default_factory=dict)
    """The trial's value by epoch, once every replicate has it; forgotten after its end."""
    by_seed: dict[int, dict[int, float]] = field(default_factory=dict)
    """Its replicates' values by epoch and seed; forgotten after its end."""

    def value_at(self, epoch: int, seed: int, value: float) -> float | None:
        """Notes one replicate's value; returns the mean when it was the last of them at this epoch."""
        values = self.by_seed.setdefault(epoch, {})
        values[seed] = value
        if len(values) < len(self.members):
            return None
        self.reported[epoch] = statistics.fmean(values.values())
        return self.reported[epoch]

    def end(self, state: TrialState, reason: str | None = None) -> None:
        """Gives the trial its outcome, and with it every member that has none yet."""
        for member in self.members.values():
            if not member.record.state.is_final:
                member.become(TrialState.STOPPED if state is TrialState.DIVERGED else state)
        epoch = max(self.reported, default=0)
        finals = list(self.by_seed[epoch].values()) if epoch else []
        self.record = replace(
            self.record,
            state=state,
            value=self.reported.get(epoch) if state is not TrialState.DIVERGED else None,
            spread=statistics.stdev(finals) if len(finals) > 1 and state is not TrialState.DIVERGED else None,
            reason=reason,
            finished_at=time.time(),
        )

    def measured(self) -> dict[str, float]:
        """The mean over its networks of every metric after their last epoch, and of `device_seconds`."""
        members = [member.record for member in self.members.values()]
        metrics = members[0].metrics or {}
        means = {name: [(one.metrics or {}).get(name) for one in members] for name in metrics}
        finite = {name: [value for value in values if value is not None] for name, values in means.items()}
        return {
            **{name: statistics.fmean(values) for name, values in finite.items() if len(values) == len(members)},
            DEVICE_SECONDS: statistics.fmean(member.device_seconds for member in members),
        }

    def forget_curve(self) -> None:
        """Frees what it reported; the ledger and the search have it."""
        self.reported, self.by_seed = {}, {}

    def now(self) -> TrialRecord:
        """The record brought up to date with the members."""
        members = self.members.values()
        epoch = min(member.record.epoch for member in members)
        seconds = math.fsum(member.record.device_seconds for member in members)
        self.record = replace(self.record, epoch=epoch, device_seconds=seconds)
        return self.record
