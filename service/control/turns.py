"""Whose turn it is: from the sweeps that wait, those that train and the teams' shares to who starts, and why not.

Priority comes first, then the team that has the least of the cluster for its weight, then who has waited longest. A
sweep that its team's quota holds back lets others pass.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """A sweep and what it takes of the cluster."""

    sweep: int
    team: int
    lanes: int
    priority: int = 0
    is_leaving: bool = False
    """Whether it trains no longer than it must: it is pausing or stopping."""
    gave_way: bool = False
    """Whether it trained before, and waits because it gave way."""


@dataclass(frozen=True)
class Share:
    """What a team may have, where None is no limit, and what it had."""

    weight: float = 1.0
    max_lanes: int | None = None
    max_device_hours: float | None = None
    """In a calendar month (UTC)."""
    hours_this_month: float = 0.0
    recent_seconds: float = 0.0
    """Device seconds of the last day: a team that has waited comes before one that has trained."""

    @property
    def is_spent(self) -> bool:
        return self.max_device_hours is not None and self.hours_this_month >= self.max_device_hours


NO_LIMITS = Share()
SPENT = "its team has used up the device hours of this month; it goes on by itself when there are more"
GAVE_WAY = "it gave way and goes on by itself"
OUTRANKED = "it gives way to a sweep of a higher priority, and goes on by itself"


@dataclass(frozen=True)
class Turns:
    """What follows from a look at the queue."""

    start: list[int] = field(default_factory=list)
    """Sweeps whose turn it is, in order."""
    give_way: dict[int, str] = field(default_factory=dict)
    """Sweeps that train and are to pause until their turn comes again, and why."""
    why_pending: dict[int, str] = field(default_factory=dict)
    """For each sweep that goes on waiting, in words."""


def whose_turn(
    waiting: Iterable[Claim],
    training: Iterable[Claim],
    shares: Mapping[int, Share],
    places: int,
    with_preemption: bool = False,
) -> Turns:
    """`places`: sweeps that may train at once; `shares` by team, of which those unknown have no limits.

    `with_preemption`: a sweep that trains gives way to one of a higher priority for which there is no place.
    """
    table, turns = _Table(list(training), shares, places), Turns()
    staying = [claim for claim in table.training if not claim.is_leaving]
    turns.give_way.update({claim.sweep: SPENT for claim in staying if table.share(claim).is_spent})
    left, crowded_out = sorted(waiting, key=table.order, reverse=True), []
    while left:
        claim = left.pop()
        quota = table.quota_in_the_way(claim)
        obstacle = quota or table.crowd_in_the_way(claim)
        if obstacle is None:
            turns.start.append(claim.sweep)
            table.seat(claim)
            left.sort(key=table.order, reverse=True)  # its team comes later now
            continue
        before = f"{GAVE_WAY}; " if claim.gave_way else ""
        turns.why_pending[claim.sweep] = f"{before}{obstacle}; position {len(turns.why_pending) + 1} in the queue"
        if quota is None:
            crowded_out.append(claim)
    if with_preemption:
        staying = [claim for claim in staying if claim.sweep not in turns.give_way]
        being_left = len(table.training) - len(staying) - len(turns.start)
        turns.give_way.update(dict.fromkeys(_outranked(staying, crowded_out[being_left:]), OUTRANKED))
    return turns


class _Table:
    """Who sits at the cluster, while it is decided who comes next."""

    def __init__(self, training: list[Claim], shares: Mapping[int, Share], places: int) -> None:
        self.training: list[Claim] = []
        self._lanes: Counter[int] = Counter()
        self._shares = shares
        self._places = places
        for claim in training:
            self.seat(claim)

    def seat(self, claim: Claim) -> None:
        """It trains from now on."""
        self.training.append(claim)
        self._lanes[claim.team] += claim.lanes

    def share(self, claim: Claim) -> Share:
        return self._shares.get(claim.team, NO_LIMITS)

    def order(self, claim: Claim) -> tuple[int, float, float, int]:
        """The smallest comes first."""
        share = self.share(claim)
        return (
            -claim.priority,
            self._lanes[claim.team] / share.weight,
            share.recent_seconds / share.weight,
            claim.sweep,
        )

    def quota_in_the_way(self, claim: Claim) -> str | None:
        """Why the sweep's team may have no more now; None where it may."""
        share = self.share(claim)
        if share.is_spent:
            return (
                f"its team has used {_hours(share.hours_this_month)} of the {share.max_device_hours:g} device hours "
                "that it has a month; it goes on next month, or when an operator raises the quota"
            )
        if share.max_lanes is None or claim.lanes + self._lanes[claim.team] <= share.max_lanes:
            return None
        if claim.lanes > share.max_lanes:
            asked = _counted(claim.lanes, "lane")
            return f"it asks for {asked}, above its team's quota of {share.max_lanes}; change that with `npsweep lanes`"
        by = _listed([other.sweep for other in self.training if other.team == claim.team])
        return f"its team's quota of {_counted(share.max_lanes, 'lane')} is in use by {by}"

    def crowd_in_the_way(self, claim: Claim) -> str | None:
        """Why there is no place for any sweep; None where there is one. Other teams' sweeps are counted, not named."""
        if len(self.training) < self._places:
            return None
        own = [other.sweep for other in self.training if other.team == claim.team]
        others = len(self.training) - len(own)
        by = [*([_listed(own)] if own else []), *([_counted(others, "sweep") + " of other teams"] if others else [])]
        return f"as many sweeps train as the service runs at once ({self._places}): {' and '.join(by)}"


def _outranked(staying: Sequence[Claim], crowded_out: Sequence[Claim]) -> Iterable[int]:
    """For each that waits the newest sweep of the lowest priority, where that is below its own."""
    lowest_first = sorted(staying, key=lambda claim: (claim.priority, -claim.sweep))
    for waits, trains in zip(crowded_out, lowest_first, strict=False):
        if trains.priority >= waits.priority:
            return
        yield trains.sweep


def _hours(hours: float) -> str:
    """Three figures, so that little is not rounded away: 0.0124, 1.23, 130."""
    return f"{hours:.3g}" if hours < 1_000 else f"{hours:.0f}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _listed(sweeps: Sequence[int]) -> str:
    named = ", ".join(str(sweep) for sweep in sorted(sweeps))
    return f"sweep {named}" if len(sweeps) == 1 else f"sweeps {named}"
