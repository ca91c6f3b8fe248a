"""How many lanes of a team's sweeps may train together."""

from sqlalchemy import Connection, select

from sweeps.ledger.errors import QuotaUsedUp
from sweeps.ledger.records import SweepRecord
from sweeps.ledger.tables import sweeps, teams
from sweeps.states import SweepState

WITH_DRIVER = [state for state in SweepState if state.has_driver]


def claimed(wanted: int | None, devices: int, most: int | None) -> int:
    """The lanes that a sweep claims; None wants one a device, within its team's quota."""
    if wanted is not None:
        return wanted
    return devices if most is None else min(devices, most)


def check_quota(lanes: int | None, most: int | None) -> None:
    """Raises QuotaUsedUp where a sweep asks for more than its team may ever have."""
    if lanes is not None and most is not None and lanes > most:
        raise QuotaUsedUp(f"lanes: {lanes} is above your team's quota of {most}; ask for at most {most}, or auto")


def check_lanes(connection: Connection, sweep: SweepRecord, lanes: int | None, devices: int) -> None:
    """Raises QuotaUsedUp where a sweep may not have so many lanes beside those of its team that train.

    Until this transaction ends, no other sweep of the team gets more. One that does not train may wait for the others.
    """
    most = _most(connection, sweep)
    check_quota(lanes, most)
    if most is not None and sweep.state in WITH_DRIVER:
        _check_beside_others(connection, sweep, lanes, devices, most)


def check_start(connection: Connection, sweep: SweepRecord, devices: int) -> None:
    """Raises QuotaUsedUp where a sweep that waited may not train beside those of its team that do: one of them, or the
    sweep itself, may have got other lanes since its turn was found to have come.

    Until this transaction ends, no other sweep of the team gets more.
    """
    most = _most(connection, sweep)
    if most is not None:
        _check_beside_others(connection, sweep, wanted_lanes(str(sweep.spec.get("lanes", "auto"))), devices, most)


def _most(connection: Connection, sweep: SweepRecord) -> int | None:
    return connection.scalar(select(teams.c.max_lanes).where(teams.c.id == sweep.team_id).with_for_update())


def _check_beside_others(
    connection: Connection, sweep: SweepRecord, lanes: int | None, devices: int, most: int
) -> None:
    theirs = select(sweeps.c.id, sweeps.c.spec["lanes"].as_string()).where(
        sweeps.c.team_id == sweep.team_id, sweeps.c.id != sweep.id, sweeps.c.state.in_(WITH_DRIVER)
    )
    others = {id: wanted_lanes(text) for id, text in connection.execute(theirs.order_by(sweeps.c.id))}
    used, asked = sum(claimed(one, devices, most) for one in others.values()), claimed(lanes, devices, most)
    if asked + used > most:
        by = ", ".join(map(str, others))
        remedy = f"ask for at most {most - used}, or wait" if used < most else "wait"
        raise QuotaUsedUp(
            f"lanes: {'auto' if lanes is None else lanes} is more than is left of your team's quota of {most}, of "
            f"which {used} are in use by sweeps {by}; {remedy} until one of them has ended"
        )


def wanted_lanes(text: str | None) -> int | None:
    """The lanes that a stored specification asks for; None where it leaves them to the cluster."""
    return None if text in (None, "auto") else int(text)
