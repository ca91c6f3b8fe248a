"""A sweep's lanes as its page shows them: those of its newest attempt, each with what it trains now."""

from collections import defaultdict
from dataclasses import dataclass

from service.answers.describe import lane_view
from service.answers.views import LaneView
from sweeps.ledger import Ledger
from sweeps.ledger.records import SweepRecord

MOST_TRIALS = 8
"""That are named of one lane."""


@dataclass(frozen=True)
class LaneRow:
    lane: LaneView
    trials: list[int]
    """That it trains now."""
    left: int
    """How many more it trains."""


def lane_rows(ledger: Ledger, sweep: SweepRecord) -> list[LaneRow]:
    trained: dict[int, set[int]] = defaultdict(set)
    for stint in ledger.stints.unended(sweep.id):
        trained[stint.lane].add(stint.trial)
    lanes = [one for one in ledger.stints.lanes(sweep.id) if one.attempt == sweep.attempt]
    rows = [(lane_view(one), sorted(trained[one.lane])) for one in lanes]
    return [LaneRow(lane, trials[:MOST_TRIALS], len(trials[MOST_TRIALS:])) for lane, trials in rows]
