"""What a lane and the coordinator say to each other: one exchange for all members of the lane together."""

from dataclasses import dataclass
from typing import Protocol

from sweeps.configuration import Configuration
from sweeps.ledger.records import Metrics
from sweeps.member import MemberKey


@dataclass(frozen=True)
class LanePass:
    """What a lane holds from its registration on. A lane that was replaced keeps an old one, and is heard no longer."""

    lane: int
    serial: int


@dataclass(frozen=True)
class EpochReport:
    """What a member measured after one epoch. `lease` proves that the lane still holds it."""

    member: MemberKey
    lease: int
    epoch: int
    metrics: Metrics
    diverged: bool
    device_seconds: float
    """The member's share of the lane's time since its previous report."""


@dataclass(frozen=True)
class Assignment:
    """A member to train: from its newest checkpoint where there is one, else from its seed."""

    member: MemberKey
    lease: int
    configuration: Configuration


@dataclass(frozen=True)
class Orders:
    """What a lane does next."""

    stop: tuple[MemberKey, ...] = ()
    """Members that the lane no longer holds: pruned, handed to another lane, or of a sweep that stops."""
    start: tuple[Assignment, ...] = ()
    finished: bool = False
    """Nothing is left to do for this lane: it ends."""
    keep: bool = False
    """Before it ends it saves the members that it still holds: another lane goes on with them later."""
    register: bool = False
    """The coordinator was restarted and does not know the lane: it lets go of everything and registers again."""


class Exchange(Protocol):
    """The coordinator, as a lane sees it."""

    def register(self, lane: int) -> LanePass:
        """A lane begins, or begins again: whatever a lane of this number held before is taken back."""

    def exchange(self, lane: LanePass, reports: list[EpochReport], free: int) -> Orders:
        """Books the reports and says what to do next. `free`: places without a member."""

    def lane_failed(self, lane: LanePass, reason: str) -> None:
        """The lane's population raised: its members are taken back and each is tried alone."""

    def hand_back(self, lane: LanePass) -> None:
        """The lane lets go of all its members, through no fault of theirs: it had not the memory for so many."""

    def abort(self, reason: str) -> None:
        """The sweep cannot go on anywhere, whatever is tried; `reason` says what a person can do."""
