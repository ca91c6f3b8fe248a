"""Which lane holds which members, under which lease."""

import time
from collections.abc import Iterable

from sweeps.exchange import LanePass
from sweeps.member import MemberKey
from sweeps.trial import Member


class Roster:
    """The lanes that are heard, and what each of them trains. A member knows its lane; the roster finds it by lane."""

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt
        self._passes: dict[int, LanePass] = {}
        self._held: dict[LanePass, dict[MemberKey, Member]] = {}
        self._leases = 0

    def admit(self, lane: int) -> LanePass:
        """A new pass for lane number `lane`."""
        self._passes[lane] = LanePass(lane, time.time_ns())
        return self._passes[lane]

    def dismiss(self, lane: int) -> LanePass | None:
        """Hears a lane no longer; the pass it had, None where it was not heard. What it held is still found by that."""
        return self._passes.pop(lane, None)

    def current(self, lane: int) -> LanePass | None:
        """The pass of the lane that is heard under this number; None before its first registration."""
        return self._passes.get(lane)

    def give(self, lane: LanePass, member: Member) -> int:
        """Puts the member into the lane's hands; returns the lease."""
        self._leases += 1
        member.enter(lane, self._leases, self._attempt)
        self._held.setdefault(lane, {})[member.key] = member
        return member.lease

    def held_by(self, lane: LanePass) -> list[Member]:
        """What the lane trains now; members that ended or were taken back are forgotten."""
        held = {key: member for key, member in self._held.get(lane, {}).items() if member.lane == lane}
        self._held[lane] = held
        return list(held.values())

    def lanes(self) -> Iterable[int]:
        """The numbers of the lanes that have registered."""
        return self._passes.keys()

    def running(self) -> list[tuple[LanePass, Member]]:
        """Every member in training, with its lane."""
        return [(lane, member) for lane in list(self._held) for member in self.held_by(lane)]
