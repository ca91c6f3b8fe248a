"""The coordinator's actor, as lanes reach it."""

import ray

from sweeps.attempt.names import NAMESPACE, actor_name
from sweeps.exchange import EpochReport, LanePass, Orders


class RemoteCoordinator:
    """The coordinator's actor as the Exchange that a lane knows."""

    def __init__(self, sweep_id: int, attempt: int) -> None:
        self._actor = ray.get_actor(actor_name(sweep_id, attempt), NAMESPACE)

    def register(self, lane: int) -> LanePass:
        lane_pass: LanePass = ray.get(self._actor.register.remote(lane))
        return lane_pass

    def exchange(self, lane: LanePass, reports: list[EpochReport], free: int) -> Orders:
        orders: Orders = ray.get(self._actor.exchange.remote(lane, reports, free))
        return orders

    def lane_failed(self, lane: LanePass, reason: str) -> None:
        ray.get(self._actor.lane_failed.remote(lane, reason))

    def hand_back(self, lane: LanePass) -> None:
        ray.get(self._actor.hand_back.remote(lane))

    def abort(self, reason: str) -> None:
        ray.get(self._actor.abort.remote(reason))
