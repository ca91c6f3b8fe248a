"""The coordinator in a process of its own, as a Ray actor."""

import logging
import threading
from typing import Any

import ray

from sweeps.attempt.beating import wait_for_ledger
from sweeps.coordinator import Coordinator
from sweeps.exchange import EpochReport, LanePass, Orders
from sweeps.ledger import Ledger
from sweeps.logs.names import COORDINATOR
from sweeps.logs.writing import keep_log
from sweeps.outcome import Outcome
from sweeps.settings import SweepSettings

OUTCOME_SECONDS = 120.0
"""How long the last results may take on their way to the ledger once every lane has ended."""


@ray.remote(num_cpus=0, max_restarts=-1)
class CoordinatorActor:
    """The coordinator in a process of its own; restarted by Ray where that process dies, it reads the ledger anew."""

    def __init__(self, sweep_id: int, attempt: int, ahead: int) -> None:
        logging.basicConfig(level=logging.INFO)
        settings = SweepSettings()
        keep_log(settings.storage, sweep_id, attempt, COORDINATOR)
        ledger = Ledger(settings.ledger_url)
        wait_for_ledger(ledger, sweep_id, attempt)  # an actor that raises here is not restarted
        self._coordinator = Coordinator(ledger, sweep_id, attempt, ahead)
        threading.Thread(target=self._coordinator.run, name="coordinator", daemon=True).start()

    def register(self, lane: int) -> LanePass:
        return self._coordinator.register(lane)

    def exchange(self, lane: LanePass, reports: list[EpochReport], free: int) -> Orders:
        return self._coordinator.exchange(lane, reports, free)

    def lane_failed(self, lane: LanePass, reason: str) -> None:
        self._coordinator.lane_failed(lane, reason)

    def lane_lost(self, lane: int) -> None:
        self._coordinator.lane_lost(lane)

    def hand_back(self, lane: LanePass) -> None:
        self._coordinator.hand_back(lane)

    def abort(self, reason: str) -> None:
        self._coordinator.abort(reason)

    def crew(self) -> tuple[int, dict[str, Any]]:
        first, spec = self._coordinator.crew()
        return first, spec.model_dump(mode="json")

    def outcome(self) -> tuple[Outcome | None, str | None]:
        """How the attempt ended, once everything is booked; None where it does not end."""
        self._coordinator.wait(OUTCOME_SECONDS)
        return self._coordinator.outcome, self._coordinator.reason
