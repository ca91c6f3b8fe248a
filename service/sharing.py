"""How the cluster is shared now: gathers what `turns` decides from."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

from service.cluster import Cluster, ClusterError
from service.settings import ServiceSettings
from service.turns import Claim, Share, Turns, whose_turn
from sweeps.ledger import Ledger
from sweeps.ledger.errors import QuotaUsedUp
from sweeps.ledger.records import Quota, SweepClaim, SweepRecord
from sweeps.states import SweepState

Answer = TypeVar("Answer")

WITH_DRIVER = [state for state in SweepState if state.has_driver]
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

    def check_lanes(self, team: int, sweep: int | None, lanes: int) -> None:
        """Raises QuotaUsedUp where a sweep may not have so many lanes beside those of its team that train.

        `sweep`: one that exists; None for one that is only posted, which may wait for the others.
        """
        most = self._ledger.shares.quotas().get(team, Quota()).max_lanes
        if most is None:
            return
        if lanes > most:
            raise QuotaUsedUp(f"lanes: {lanes} is above your team's quota of {most}; ask for at most {most}, or auto")
        training = [one for one in self._ledger.shares.claims(WITH_DRIVER) if one.team == team]
        if sweep not in [one.sweep for one in training]:
            return
        others = [one for one in training if one.sweep != sweep]
        used = sum(self.lanes(one.lanes, Quota(max_lanes=most)) for one in others)
        if lanes + used > most:
            by = ", ".join(str(one.sweep) for one in others)
            raise QuotaUsedUp(
                f"lanes: {lanes} is more than is left of your team's quota of {most}, of which {used} are in use by "
                f"sweeps {by}; ask for at most {most - used}, or wait until one of them has ended"
            )

    def most_lanes(self, sweep_id: int) -> int | None:
        """How many lanes a sweep may have by its team's quota; None where that is not limited."""
        return self._ledger.shares.quotas()[self._ledger.sweeps.get(sweep_id).team_id].max_lanes

    def lanes(self, wanted: int | None, quota: Quota) -> int:
        """The lanes that a sweep claims; None: one a device, within the quota."""
        if wanted is not None:
            return wanted
        devices = self._devices.value()
        return devices if quota.max_lanes is None else min(devices, quota.max_lanes)

    def _claim(self, asked: SweepClaim, quotas: dict[int, Quota]) -> Claim:
        lanes = self.lanes(asked.lanes, quotas.get(asked.team, Quota()))
        return Claim(asked.sweep, asked.team, lanes, asked.priority, asked.state in LEAVING)

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
