"""Which member goes to which lane: each device stays full, and towards the end none waits while another is full."""

import math
import time
from collections.abc import Sequence

from sweeps.arm import Arm, arm_of, start
from sweeps.booking import Booking
from sweeps.exchange import Assignment, LanePass
from sweeps.results import Results
from sweeps.roster import Roster
from sweeps.search.study import Suggestion
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from sweeps.trial import Member, Trial

ASKING_SECONDS = 0.02
"""How long an exchange asks the sampler for what was not asked ahead. Then the lane goes on with what it has."""


class HandingOut:
    """Not safe in threads: the coordinator holds its lock. Reads nothing of the specification that may change while
    the sweep runs."""

    def __init__(
        self, spec: SweepSpec, arms: Sequence[Arm], roster: Roster, booking: Booking, results: Results, attempt: int
    ) -> None:
        self._spec = spec
        self._arms = arms
        self._roster = roster
        self._booking = booking
        self._results = results
        self._attempt = attempt

    def hand_out(self, lane: LanePass, places: int, first_lane: int) -> list[Assignment]:
        """Members for a lane with so many free places. `first_lane`: the number from which on lanes are wanted now."""
        held = self._roster.held_by(lane)
        if any(member.is_suspect for member in held):
            return []
        if not held:
            suspect = next((member for arm in self._arms for member in arm.waiting if member.is_suspect), None)
            if suspect is not None:
                return [self._assign(arm_of(self._arms, suspect.key), suspect, lane)]
        assignments: list[Assignment] = []
        places = min(places, self._share(first_lane) - len(held))
        until = time.monotonic() + ASKING_SECONDS
        while len(assignments) < places and (found := self._next(lane, until)):
            assignments.append(self._assign(*found, lane))
        return assignments

    def open(self, arm: Arm, suggestion: Suggestion) -> None:
        """Opens the trial that was suggested."""
        trial = arm.open(suggestion)
        self._booking.trial(trial.record)
        for member in trial.members.values():
            self._booking.member(member)
        self.build(arm, trial)

    def build(self, arm: Arm, trial: Trial) -> None:
        """Ends a trial whose configuration cannot be built before a lane meets it."""
        try:
            arm.configuration(trial.record.number)
        except ValueError as error:
            self._results.end(arm, trial, TrialState.FAILED, f"this configuration cannot be built: {error}")

    def lanes_of(self, arm: Arm) -> list[LanePass]:
        """The lane of every running member of the arm."""
        return [lane for lane, member in self._roster.running() if arm_of(self._arms, member.key) is arm]

    def _share(self, first_lane: int) -> int:
        """A lane's part of all that is left to train: towards the end none waits while another has its places full."""
        to_ask = sum(arm.to_ask for arm in self._arms) * self._spec.replicates
        left = to_ask + sum(len(arm.waiting) for arm in self._arms) + len(self._roster.running())
        lanes = sum(lane >= first_lane for lane in self._roster.lanes())
        return math.ceil(left / max(1, lanes))

    def _next(self, lane: LanePass, until: float) -> tuple[Arm, Member] | None:
        """The next member for a lane: of an arm it trains already where that has any, else of the least served.

        Where none waits, one is asked for until time `until`; then the lane goes on with what it has.
        """
        for arm in sorted(self._arms, key=lambda arm: self._preference(arm, lane)):
            member = next((member for member in arm.waiting if not member.is_suspect), None)
            if member is None and not arm.is_asked_out and time.monotonic() < until:
                self._ask(arm)
                member = next((member for member in arm.waiting if not member.is_suspect), None)
            if member is not None:
                return arm, member
        return None

    def _preference(self, arm: Arm, lane: LanePass) -> tuple[bool, int, int]:
        lanes = self.lanes_of(arm)
        return (lane not in lanes, len(lanes), arm.index)

    def _assign(self, arm: Arm, member: Member, lane: LanePass) -> Assignment:
        arm.waiting.remove(member)
        lease = self._roster.give(lane, member)
        self._booking.member(member)
        if member.record.phase == "search":
            trial = arm.trials[member.record.trial]
            start(trial, self._attempt)
            self._booking.trial(trial.now())
        return Assignment(member.key, lease, arm.configuration(member.record.trial))

    def _ask(self, arm: Arm) -> None:
        """Asks at once, unless somebody is just asking: then there is soon something."""
        if arm.asking.acquire(blocking=False):
            try:
                self.open(arm, arm.suggest())
            finally:
                arm.asking.release()
