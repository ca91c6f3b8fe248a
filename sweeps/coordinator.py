"""The coordinator: the only one that asks and tells Optuna, prunes, and writes the ledger.

One a running sweep. Lanes call `exchange`; a thread of its own (`run`) books, suggests ahead and hears of stops.
"""

import logging
import threading
import time
import traceback
from dataclasses import replace
from typing import Any

from sweeps.arm import Arm, arm_of
from sweeps.booking import Booking
from sweeps.exchange import EpochReport, LanePass, Orders
from sweeps.handing_out import HandingOut
from sweeps.ledger import Ledger
from sweeps.ledger.errors import FencedOut, LedgerUnreachable
from sweeps.ledger.records import SweepRecord
from sweeps.outcome import Outcome
from sweeps.results import Results
from sweeps.roster import Roster
from sweeps.spec import SweepSpec
from sweeps.states import SweepState

log = logging.getLogger(__name__)

BOOKING_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0
MEMBER_FAILURES = 3
"""A configuration whose member raises this often at one epoch, the later times alone in its lane, has failed."""
MEMBER_LOSSES = 10
"""A member whose lane dies under it this often at one epoch, from the third time alone in it, has failed."""
IDLE_LANE_DEATHS = 20
"""Lanes that die this often without a result between them end the sweep."""


LANES_OF_A_CREW = 10_000
"""Above the number of lanes that a sweep can have at once: lanes of another crew have other numbers."""


class Coordinator:
    """Implements `sweeps.exchange.Exchange`. Safe in threads."""

    def __init__(self, ledger: Ledger, sweep_id: int, attempt: int, ahead: int = 0) -> None:
        """Takes the sweep over from the ledger as the last attempt left it.

        `ahead`: members that each arm holds ready for the lanes that start meanwhile.
        """
        self._ledger = ledger
        self._sweep_id = sweep_id
        self._attempt = attempt
        sweep = ledger.sweeps.get(sweep_id)
        self._document = sweep.spec
        self.spec = SweepSpec.model_validate(self._document)
        self._booking = Booking(ledger, sweep_id, attempt)
        self._arms = [
            Arm(self.spec, sweep_id, index, attempt, ledger.trials.inherited(sweep_id, index))
            for index in range(len(self.spec.compare))
        ]
        self._lock = threading.RLock()
        self._roster = Roster(attempt)
        self._results = Results(self.spec, self._arms, self._booking)
        self._handing_out = HandingOut(self.spec, self._arms, self._roster, self._booking, self._results, attempt)
        self._places = 1
        self._ahead = ahead
        self._deaths = 0
        self._last_failure = "they died without a word, often of too little memory: lower trials_per_lane or lanes"
        self._ending: Outcome | None = None
        self._confirming = False
        self._first_lane = 0
        self._over = threading.Event()
        self.outcome: Outcome | None = None
        self.reason: str | None = None
        self._restore(sweep.heartbeat_at)

    # -- what lanes call -------------------------------------------------------------------------------------

    def register(self, lane: int) -> LanePass:
        """See Exchange."""
        with self._lock:
            self._lose(lane)
            return self._roster.admit(lane)

    def lane_lost(self, lane: int) -> None:
        """Whoever runs the lanes saw this one die: others go on with its members, where there is no place for it now.

        Told too late, after its successor has registered, it only lets that one register again.
        """
        with self._lock:
            self._lose(lane)

    def exchange(self, lane: LanePass, reports: list[EpochReport], free: int) -> Orders:
        """See Exchange."""
        with self._lock:
            known = self._roster.current(lane.lane)
            if self._over.is_set() or known not in (None, lane):
                return Orders(finished=True, keep=known == lane and self.outcome is Outcome.PAUSED)
            if known is None:
                return Orders(register=True)
            for report in reports:
                if self._results.accept(lane, report):
                    self._deaths = 0
            stop = tuple(self._results.to_stop(reports))
            self._places = max(self._places, free + len(self._roster.held_by(lane)))
            if self._ending is Outcome.PAUSED or lane.lane < self._first_lane:
                self._let_go(lane)
                return Orders(stop=stop, finished=True, keep=True)
            if self._ending is not None:
                return Orders(stop=stop)
            return Orders(stop=stop, start=tuple(self._handing_out.hand_out(lane, free + len(stop), self._first_lane)))

    def lane_failed(self, lane: LanePass, reason: str) -> None:
        """See Exchange."""
        with self._lock:
            self._last_failure = f"the last of them with:\n{reason}"
            for member in self._roster.held_by(lane):
                member.record = replace(member.record, failures=member.record.failures + 1, reason=reason)
                self._results.take_back(member, reason, member.record.failures >= MEMBER_FAILURES)

    def hand_back(self, lane: LanePass) -> None:
        """See Exchange."""
        with self._lock:
            self._let_go(lane)

    def abort(self, reason: str) -> None:
        """See Exchange."""
        with self._lock:
            if self._ending is None:
                self.reason = reason
                self._ending = Outcome.ABORTED

    # -- the coordinator's own thread ------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Ticks until the driver has ended the sweep; returns whether it was done, stopped, aborted or taken over."""
        while self.outcome is None:
            self.tick()
            self._over.wait(BOOKING_SECONDS)
        outcome = self.outcome
        while self.outcome is not Outcome.FENCED_OUT:  # lanes and driver still wind down: the heartbeat goes on
            time.sleep(HEARTBEAT_SECONDS)
            self.tick()
        return outcome

    def crew(self) -> tuple[int, SweepSpec]:
        """The number of the first lane that is wanted now, and the specification that says how many there are.

        The lanes of a crew that was replaced save what they hold and end.
        """
        with self._lock:
            return self._first_lane, self.spec

    def wait(self, seconds: float) -> None:
        """Returns when the outcome is known, or after so long."""
        self._over.wait(seconds)

    def tick(self) -> None:
        """One turn: books what has come in, hears of a stop, suggests ahead, and ends the sweep where it is done."""
        try:
            with self._lock:
                self._booking.collect()
            sweep = self._booking.book()
            if sweep is not None and self.outcome is None:
                self._look_ahead(sweep)
        except FencedOut as fence:
            log.info("%s", fence)
            self._finish(Outcome.FENCED_OUT)
        except LedgerUnreachable as error:
            log.warning("the ledger cannot be written, trying again: %s", error)
        except Exception:
            log.exception("the coordinator failed")
            self.reason = f"the coordinator failed, which is a bug in npsweep: {traceback.format_exc()}"
            self._finish(Outcome.ABORTED)

    def _look_ahead(self, sweep: SweepRecord) -> None:
        with self._lock:
            if sweep.stop_requested_at is not None and self._ending in (None, Outcome.PAUSED):
                self._stop()
            elif sweep.state in (SweepState.PAUSING, SweepState.PAUSED) and self._ending is None:
                self._ending = Outcome.PAUSED
            if sweep.spec != self._document:
                self._change(sweep.spec)
            self._advance()
            if self._ending is Outcome.PAUSED:
                self._pause()
            ending = self._ending
            booked = self._booking.is_empty() and not (ending is Outcome.PAUSED and self._roster.running())
        if ending is not None and booked:
            self._finish(ending)
        else:
            self._ask_ahead()

    def _finish(self, outcome: Outcome) -> None:
        if self.outcome is None:
            log.info("the attempt is %s", outcome)
        self.outcome = outcome
        self._over.set()

    def _stop(self) -> None:
        for arm in self._arms:
            for trial in arm.stop():
                self._results.note_end(arm, trial)
            for member in arm.members():
                self._booking.member(member)
        self._ending = Outcome.STOPPED

    def _let_go(self, lane: LanePass) -> None:
        """The lane saves what it holds and ends; its members wait for another."""
        for member in self._roster.held_by(lane):
            arm_of(self._arms, member.key).take_back(member)
            self._booking.member(member)

    def _pause(self) -> None:
        """Trials that no lane trains any more wait."""
        for arm in self._arms:
            for trial in arm.pause():
                self._booking.trial(trial.now())

    def _change(self, document: dict[str, Any]) -> None:
        """Takes over a specification with a larger budget, other lanes, or more that is enqueued."""
        before, self.spec = self.spec, SweepSpec.model_validate(document)
        self._document = document
        if (before.lanes, before.trials_per_lane) != (self.spec.lanes, self.spec.trials_per_lane):
            self._first_lane += LANES_OF_A_CREW
        for arm in self._arms:
            arm.change(self.spec)
            if arm.is_asked_out and arm.untried:
                self._booking.event("enqueued.late", {"arm": arm.entry, "waiting": arm.untried, "remedy": "extend"})
        if before.budget != self.spec.budget:
            self._extend()

    def _extend(self) -> None:
        """Arms that were searched are searched on."""
        if self._ending is Outcome.DONE:
            self._ending = None
        if self._confirming:
            self._ledger.sweeps.move(self._sweep_id, SweepState.RUNNING, attempt=self._attempt)
            self._confirming = False

    def _ask_ahead(self) -> None:
        """Keeps as many members waiting as a lane holds, in the arms that are being searched; before the first lane is
        there, as many in every arm as the lanes will ask for at once.

        The sampler is asked while nobody holds the lock: a suggestion may take long, and no exchange waits for it.
        """
        until = time.monotonic() + BOOKING_SECONDS
        for arm in self._arms:
            with arm.asking:
                while self._wants_more(arm) and time.monotonic() < until:
                    suggestion = arm.suggest()
                    with self._lock:
                        self._handing_out.open(arm, suggestion)

    def _wants_more(self, arm: Arm) -> bool:
        with self._lock:
            return self._ending is None and not arm.is_asked_out and len(arm.waiting) < self._wanted(arm)

    def _wanted(self, arm: Arm) -> int:
        """Members that should wait in the arm."""
        if not list(self._roster.lanes()):
            return self._ahead
        return self._places if self._handing_out.lanes_of(arm) else 0

    def _advance(self) -> None:
        """Moves the sweep on: an arm that was searched is confirmed, a sweep with nothing left to train is done."""
        if self._ending is not None:
            return
        for arm in self._arms:
            for member in arm.confirm():
                self._booking.member(member)
        if not self._confirming and all(arm.is_searched for arm in self._arms):
            self._ledger.sweeps.move(self._sweep_id, SweepState.CONFIRMING, attempt=self._attempt)
            self._confirming = True
        if all(arm.is_done for arm in self._arms):
            self._ending = Outcome.DONE

    def _lose(self, lane: int) -> None:
        known = self._roster.dismiss(lane)
        if known is None:
            return
        self._deaths += 1
        for member in self._roster.held_by(known):
            member.losses += 1
            self._results.take_back(member, f"its lane was lost {MEMBER_LOSSES} times", member.losses >= MEMBER_LOSSES)
        if self._deaths > IDLE_LANE_DEATHS:
            self.abort(f"lanes ended {self._deaths} times without one result between them; {self._last_failure}")

    def _restore(self, heartbeat_at: float | None) -> None:
        """`heartbeat_at`: when the ledger last heard of the sweep."""
        trials = self._ledger.trials.page(self._sweep_id)
        members = self._ledger.trials.members(self._sweep_id)
        epochs = self._ledger.trials.epochs(self._sweep_id)
        arms = len(self._arms)
        for arm in self._arms:
            arm.restore(
                [record for record in trials if record.arm == arm.index],
                [record for record in members if record.trial % arms == arm.index],
                [record for record in epochs if record.trial % arms == arm.index],
            )
            for trial in arm.unfinished():
                self._handing_out.build(arm, trial)
        for stint in self._ledger.stints.unended(self._sweep_id):  # this attempt's coordinator was started again
            self._booking.stint(replace(stint, until=max(stint.since, heartbeat_at or stint.since)))
