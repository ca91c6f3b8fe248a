"""How the cluster is shared now: gathers what `turns` decides from."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

from service.control.cluster import Cluster, ClusterError
from service.control.turns import Claim, Share, Turns, whose_turn
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger.lane_quota import WITH_DRIVER, check_quota, claimed
from sweeps.ledger.records import Quota, SweepClaim, SweepRecord
from sweeps.states import SweepState

Answer = TypeVar("Answer")

LEAVING = (SweepState.PAUSING, SweepState.STOPPING)
RECENT_SECONDS = 24 * 3600.0
FRESH_SECONDS = 5.0
"""How long it is believed what teams have spent and which devices there are."""


class Sharing:
    """Asks ledger and cluster; what changes slowly is asked seldom."""

    def __init__(self, ledger: Ledger, cluster: Cluster, settings: ServiceSettings) -> None:
        self._ledger = ledger
        self._cluster = cluster
        self._settings = settings
        self._devices = _Remembered(self._count_devices)
        self._spent = _Remembered(self._count_spent)

    def turns(self) -> Turns:
        """Whose turn it is at this moment."""
        quotas = self._ledger.shares.quotas()
        asked = self._ledger.shares.claims([*WITH_DRIVER, SweepState.QUEUED])
        waiting = [self._claim(one, quotas) for one in asked if one.state is SweepState.QUEUED]
        training = [self._claim(one, quotas) for one in asked if one.state is not SweepState.QUEUED]
        shares = {team: self._share(team, quota) for team, quota in quotas.items()} if waiting or training else {}
        return whose_turn(waiting, training, shares, self._settings.max_running_sweeps, self._settings.preemption)

    def why_pending(self, sweep: SweepRecord) -> str | None:
        """Why a queued sweep does not train yet, in words; None where its turn has come, and in other states."""
        return self.turns().why_pending.get(sweep.id) if sweep.state is SweepState.QUEUED else None

    def check_quota(self, team: int, lanes: int | None) -> None:
        """Raises QuotaUsedUp where a sweep asks for more lanes than its team may ever have."""
        check_quota(lanes, self._ledger.shares.quotas().get(team, Quota()).max_lanes)

    def devices(self) -> int:
        """How many lanes a sweep gets that leaves them to the cluster."""
        return self._devices.value()

    def most_lanes(self, sweep_id: int) -> int | None:
        """What is left for a sweep of its team's lanes; None where they are not limited."""
        team = self._ledger.sweeps.get(sweep_id).team_id
        most = self._ledger.shares.quotas()[team].max_lanes
        if most is None:
            return None
        training = self._ledger.shares.claims(WITH_DRIVER)
        others = [one for one in training if one.team == team and one.sweep != sweep_id]
        return max(1, most - sum(claimed(one.lanes, self.devices(), most) for one in others))

    def _claim(self, asked: SweepClaim, quotas: dict[int, Quota]) -> Claim:
        lanes = claimed(asked.lanes, self.devices(), quotas.get(asked.team, Quota()).max_lanes)
        return Claim(asked.sweep, asked.team, lanes, asked.priority, asked.state in LEAVING, asked.gave_way)

    def _share(self, team: int, quota: Quota) -> Share:
        this_month, recent = self._spent.value()
        hours = this_month.get(team, 0.0) / 3600
        return Share(quota.weight, quota.max_lanes, quota.max_device_hours, hours, recent.get(team, 0.0))

    def _count_spent(self) -> tuple[dict[int, float], dict[int, float]]:
        return self._ledger.shares.spent(month_began()), self._ledger.shares.spent(time.time() - RECENT_SECONDS)

    def _count_devices(self) -> int:
        try:
            devices = self._cluster.devices()
        except ClusterError:
            return 1
        return max(1, int(devices.gpus or devices.cpus))


def month_began() -> float:
    """The beginning of this calendar month, UTC, in seconds since 1970."""
    return datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()


class _Remembered(Generic[Answer]):
    """What a question was answered a moment ago."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._answer: Answer
        self._until = 0.0

    def value(self) -> Answer:
        if time.monotonic() >= self._until:
            self._answer = self._ask()
            self._until = time.monotonic() + FRESH_SECONDS
        return self._answer
