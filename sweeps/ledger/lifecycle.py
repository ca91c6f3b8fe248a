"""What people decide over a sweep: stop, pause, resume, extend, enqueue, retry. Each is one transaction."""

import time
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine, func, select, update

from sweeps.ledger.engine import Writer
from sweeps.ledger.errors import WrongState
from sweeps.ledger.events import add_event
from sweeps.ledger.lane_quota import check_lanes
from sweeps.ledger.moves import change, end, locked, move, one
from sweeps.ledger.noting import note, note_made, of_sweep
from sweeps.ledger.once import made_before, mark
from sweeps.ledger.records import SweepRecord
from sweeps.ledger.revival import queue_again, queue_revived, revive
from sweeps.ledger.tables import members, sweeps, trials
from sweeps.ledger.versions import check_version
from sweeps.space import MAX_ENQUEUED, Value
from sweeps.states import FINAL, TRAINING, Origin, SweepState, TrialState


class LifeCycle:
    """Raises NoSuchSweep for a sweep that is not there, WrongState where its state does not allow what is asked, and
    ChangedMeanwhile where it is not as the caller saw it."""

    def __init__(self, engine: Engine) -> None:
        self._writing = Writer(engine)

    def stop(self, sweep_id: int) -> SweepRecord:
        """Asks for an orderly end: at once for a sweep without a driver, else through its driver.

        A sweep that has ended stays as it is.
        """

        def act(connection: Connection, sweep: SweepRecord) -> None:
            asked = {"stop_requested_at": time.time(), "preempted_at": None}
            if sweep.state in (SweepState.QUEUED, SweepState.PAUSED):
                reason = None if sweep.attempt else "stopped before it ran"
                end(connection, sweep_id, SweepState.STOPPED, reason, asked)
            elif sweep.state not in FINAL:
                move(connection, sweep_id, SweepState.STOPPING, None, asked)

        return self._act(sweep_id, act)

    def pause(self, sweep_id: int) -> SweepRecord:
        """Frees the devices: at once for a queued sweep, through its driver for a running one.

        A sweep that is paused, or is being paused, stays as it is.
        """

        def act(connection: Connection, sweep: SweepRecord) -> None:
            if sweep.state is SweepState.QUEUED:
                move(connection, sweep_id, SweepState.PAUSED, None, {})
            elif sweep.state in TRAINING:
                move(connection, sweep_id, SweepState.PAUSING, None, {})
            elif sweep.state not in (SweepState.PAUSING, SweepState.PAUSED):
                raise WrongState(f"sweep {sweep_id} is {sweep.state}; only one that waits or trains can be paused")
            stays = update(sweeps).where(sweeps.c.id == sweep_id)
            connection.execute(stays.values(preempted_at=None))  # one that has given way comes back no more by itself

        return self._act(sweep_id, act)

    def resume(self, sweep_id: int) -> SweepRecord:
        """Queues a paused, stopped or failed sweep again: it goes on where it was.

        Trials that were stopped are trained to their end. A sweep that waits or trains stays as it is.
        """

        def act(connection: Connection, sweep: SweepRecord) -> None:
            if sweep.state is SweepState.COMPLETED:
                raise WrongState(f"sweep {sweep_id} is completed: nothing is left to do; extend it for more trials")
            if sweep.state in (SweepState.PAUSING, SweepState.STOPPING):
                raise WrongState(f"sweep {sweep_id} is {sweep.state}; resume it in a few seconds, when that is done")
            if sweep.state is SweepState.PAUSED or sweep.state in FINAL:
                queue_again(connection, sweep, (TrialState.STOPPED,))

        return self._act(sweep_id, act)

    def extend(self, sweep_id: int, trials: int) -> SweepRecord:
        """Raises the budget to `trials` for each arm; a sweep that has ended is queued again.

        The search goes on with everything it knows, and the confirmation follows anew where another trial is best.
        """

        def act(connection: Connection, sweep: SweepRecord) -> None:
            before = sweep.spec["budget"]["trials"]
            if sweep.state is SweepState.STOPPING:
                raise WrongState(f"sweep {sweep_id} is stopping; extend it in a few seconds, when it has stopped")
            if trials <= before:
                raise WrongState(
                    f"sweep {sweep_id} has a budget of {before} trials for each arm; {trials} is not more. "
                    f"Give the new total, above {before}"
                )
            spec = sweep.spec | {"budget": sweep.spec["budget"] | {"trials": trials}}
            change(connection, sweep_id, {"spec": spec})
            if sweep.state in FINAL:
                revive(connection, sweep_id, (TrialState.STOPPED,))
            # Events come last: readers wait only so long for a transaction that has written one.
            add_event(connection, sweep_id, "sweep.extended", {"trials": trials, "before": before})
            if sweep.state in FINAL:
                queue_revived(connection, sweep_id)

        return self._act(sweep_id, act)

    def enqueue(self, sweep_id: int, arm: int, configuration: Mapping[str, Value]) -> SweepRecord:
        """Lets arm number `arm` try a configuration next, before what its sampler suggests, within its budget.

        A sweep that has ended tries it when it goes on. The configuration must fit the specification.
        """

        def act(connection: Connection, sweep: SweepRecord) -> None:
            entry = sweep.spec["compare"][arm]
            enqueued = [*entry.get("enqueued", []), dict(configuration)]
            if len(enqueued) > MAX_ENQUEUED:
                raise WrongState(
                    f"arm {entry['name']} of sweep {sweep_id} has {MAX_ENQUEUED} enqueued, the most there can be"
                )
            begun, tried = _suggested(connection, sweep_id, arm)
            budget = sweep.spec["budget"]["trials"]
            if begun + len(enqueued) - tried > budget:
                raise WrongState(
                    f"arm {entry['name']} of sweep {sweep_id} has a budget of {budget} trials, of which {begun} were "
                    f"begun and {len(enqueued) - 1 - tried} are taken by configurations that wait; extend the sweep "
                    "first"
                )
            compare = [*sweep.spec["compare"]]
            compare[arm] = entry | {"enqueued": enqueued}
            change(connection, sweep_id, {"spec": sweep.spec | {"compare": compare}})
            add_event(connection, sweep_id, "sweep.enqueued", {"arm": entry["name"], "configuration": enqueued[-1]})
            note_made(arm=entry["name"], configuration=enqueued[-1])

        return self._act(sweep_id, act)

    def resize(self, sweep_id: int, lanes: int | str, trials_per_lane: int | str, devices: int = 1) -> SweepRecord:
        """Changes how many lanes a sweep has and how many networks each trains; a running one changes over at once.

        Results do not depend on it. A sweep that has ended keeps what it is told for when it goes on. `devices`: how
        many lanes `auto` stands for. Raises QuotaUsedUp where its team may not have so many lanes now.
        """

        def act(connection: Connection, sweep: SweepRecord) -> None:
            if sweep.state in (SweepState.PAUSING, SweepState.STOPPING):
                raise WrongState(f"sweep {sweep_id} is {sweep.state}; change its lanes in a few seconds")
            check_lanes(connection, sweep, None if lanes == "auto" else int(lanes), devices)
            wanted = {"lanes": lanes, "trials_per_lane": trials_per_lane}
            change(connection, sweep_id, {"spec": sweep.spec | wanted})
            add_event(connection, sweep_id, "sweep.resized", wanted)

        return self._act(sweep_id, act)

    def retry(self, sweep_id: int) -> SweepRecord:
        """Gives every failed trial and network of a paused or ended sweep another chance; an ended one is queued."""

        def act(connection: Connection, sweep: SweepRecord) -> None:
            if sweep.state is not SweepState.PAUSED and sweep.state not in FINAL:
                raise WrongState(f"sweep {sweep_id} is {sweep.state}; pause it, or let it end, and then retry")
            failed = select(func.count()).where(members.c.sweep_id == sweep_id, members.c.state == TrialState.FAILED)
            built = select(func.count()).where(trials.c.sweep_id == sweep_id, trials.c.state == TrialState.FAILED)
            if not (connection.scalar(failed) or connection.scalar(built)):
                raise WrongState(f"no trial of sweep {sweep_id} has failed: there is nothing to retry")
            if sweep.state is SweepState.PAUSED:
                revive(connection, sweep_id, (TrialState.FAILED,))
                change(connection, sweep_id, {})
            else:
                queue_again(connection, sweep, (TrialState.FAILED, TrialState.STOPPED))

        return self._act(sweep_id, act)

    def _act(self, sweep_id: int, act: Callable[[Connection, SweepRecord], None]) -> SweepRecord:
        with self._writing.begin() as connection:
            if made_before(connection) is None:
                sweep = locked(connection, sweep_id)
                check_version(sweep)
                act(connection, sweep)
                mark(connection, sweep_id)
                note(of_sweep(sweep), of_sweep(one(connection, sweep_id)))
            return one(connection, sweep_id)


def _suggested(connection: Connection, sweep_id: int, arm: int) -> tuple[int, int]:
    """The trials that an arm has, and how many of them were enqueued by a person."""
    own = (trials.c.sweep_id == sweep_id, trials.c.arm == arm)
    rows = connection.execute(select(trials.c.origin, func.count()).where(*own).group_by(trials.c.origin))
    counts = {row[0]: int(row[1]) for row in rows}
    return sum(counts.values()), counts.get(Origin.ENQUEUED, 0)
