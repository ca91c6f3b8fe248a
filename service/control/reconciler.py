"""Moves sweeps on: one thread that compares the ledger with the cluster and closes the gap.

Where several processes serve one ledger, one of them leads and the others stand by.

It holds nothing that a restart could lose: job ids follow from sweep and attempt, so whatever runs is adopted.
"""

import logging
import shlex
import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType

from service.control.cluster import Cluster, ClusterError, JobState
from service.control.decisions import Action, Patience, Situation, decide
from service.control.housekeeping import Housekeeping
from service.control.sharing import Sharing
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger.errors import FencedOut, NoSuchSweep, QuotaUsedUp
from sweeps.ledger.lane_quota import WITH_DRIVER
from sweeps.ledger.records import SweepRecord
from sweeps.redaction import redacted
from sweeps.spec import SweepSpec
from sweeps.states import SweepState

log = logging.getLogger(__name__)

LEAVING_SECONDS = 1.0
"""How long the end of the service waits for a look that is at work: it may wait for a cluster that hangs."""
FRESH_SECONDS = 3.0
"""A heartbeat this young says more than the job table: the table is not asked."""


def job_id(sweep_id: int, attempt: int) -> str:
    """The Ray Job of an attempt: always the same, so that it is never submitted twice."""
    return f"npsweep-{sweep_id}-{attempt}"


class Reconciler:
    """`with Reconciler(…):` runs it beside the API; `tick` is one look."""

    def __init__(
        self,
        ledger: Ledger,
        cluster: Cluster,
        settings: ServiceSettings,
        closing: Callable[[], bool] = lambda: False,
    ) -> None:
        """`closing` says that the service shuts down: nothing more is begun then."""
        self._ledger = ledger
        self._closing = closing
        self._cluster = cluster
        self._settings = settings
        self._leadership = ledger.leadership()
        self._sharing = Sharing(ledger, cluster, settings)
        self._housekeeping = Housekeeping(ledger, settings.audit_days)
        self._patience = Patience(
            gone_after=settings.gone_after,
            lost_after=settings.lost_after,
            hung_after=settings.hung_after,
            stop_after=settings.stop_after,
            fruitless_attempts=settings.fruitless_attempts,
            fruitless_conclusions=settings.fruitless_conclusions,
        )
        self._owed: dict[int, int] = {}  # attempts that were opened but whose job Ray did not take yet, by sweep
        self.looks = 0
        self.looked_at: float | None = None
        """On the monotonic clock, when the last look was over."""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)

    def __enter__(self) -> "Reconciler":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join(LEAVING_SECONDS)
        if not self._thread.is_alive():  # else nobody may lead beside it: the seat is free when this process ends
            self._leadership.give_up()

    def tick(self) -> None:
        """One look at everything that should run, then at the queue."""
        running = self._ledger.sweeps.in_states(WITH_DRIVER)
        self._owed = {sweep.id: sweep.attempt for sweep in running if self._owed.get(sweep.id) == sweep.attempt}
        for sweep in running:
            self._guarded(sweep.id, partial(self._follow, sweep))
        for sweep_id in self._ledger.precedence.gave_way():
            self._guarded(sweep_id, partial(self._ledger.precedence.queue_again, sweep_id))
        turns = self._sharing.turns()
        for sweep_id, reason in turns.give_way.items():
            self._guarded(sweep_id, partial(self._give_way, sweep_id, reason))
        for sweep_id in turns.start:
            self._guarded(sweep_id, partial(self._start_queued, sweep_id))

    def _run(self) -> None:
        while not self._closed.wait(self._settings.reconciler_interval) and not self._closing():
            try:
                if self._leadership.is_held():
                    self.tick()
                    self._housekeeping.look()
                    self.looks, self.looked_at = self.looks + 1, time.monotonic()
            except Exception:  # the ledger may be away for a while; whatever it is, the next look is a new chance
                log.exception("the reconciler could not look at the ledger; it tries again")

    def _guarded(self, sweep_id: int, act: Callable[[], None]) -> None:
        """What is to be done with one sweep, unless the service ends."""
        if self._closed.is_set() or self._closing():
            return
        try:
            act()
        except (FencedOut, NoSuchSweep):
            log.info("sweep %s moved on by itself", sweep_id)
        except (ClusterError, QuotaUsedUp) as error:
            log.warning("sweep %s waits: %s", sweep_id, redacted(str(error)))
        except Exception:  # one sweep's trouble must not hold up the others
            log.exception("sweep %s could not be moved on; trying again", sweep_id)

    def _follow(self, sweep: SweepRecord) -> None:
        if sweep.state is SweepState.STARTING and sweep.id in self._owed:
            self._submit(sweep.id, sweep.attempt)
            return
        situation = self._situation(sweep)
        action = decide(situation, self._patience)
        if action is Action.REPLACE:
            self._replace(sweep, situation.job)
        elif action is Action.GIVE_UP:
            self._give_up(sweep, situation)
        elif action is Action.END_STOP:
            self._end_driver(sweep)
            self._ledger.sweeps.end(
                sweep.id, SweepState.STOPPED, "stopped; its driver did not end by itself", sweep.attempt
            )
        elif action is Action.END_PAUSE:
            self._end_driver(sweep)
            self._ledger.sweeps.move(
                sweep.id, SweepState.PAUSED, "paused; its driver did not end by itself", sweep.attempt
            )

    def _situation(self, sweep: SweepRecord) -> Situation:
        now = time.time()
        silence = now - (sweep.heartbeat_at or sweep.created_at)
        job = JobState.RUNNING if silence < FRESH_SECONDS else self._job_state(sweep)
        earlier = self._ledger.progress.failed_attempts(sweep.id, sweep.attempt) if job.ended_by_itself else 0
        return Situation(
            state=sweep.state,
            silence=silence,
            since_stop=None if sweep.stop_requested_at is None else now - sweep.stop_requested_at,
            job=job,
            failed_attempts=earlier,
            is_trained=job.ended_by_itself and self._is_trained(sweep),
        )

    def _is_trained(self, sweep: SweepRecord) -> bool:
        spec = SweepSpec.model_validate(sweep.spec)
        trials = len(spec.compare) * spec.budget.trials
        return self._ledger.progress.is_trained(sweep.id, trials, spec.confirmation.seeds)

    def _job_state(self, sweep: SweepRecord) -> JobState:
        try:
            return self._cluster.state(job_id(sweep.id, sweep.attempt))
        except ClusterError:
            if sweep.state in (SweepState.STOPPING, SweepState.PAUSING):
                return JobState.ABSENT  # these are carried out without the cluster too
            raise

    def _give_way(self, sweep_id: int, reason: str) -> None:
        if self._ledger.precedence.give_way(sweep_id, reason):
            log.info("sweep %s pauses: %s", sweep_id, reason)

    def _start_queued(self, sweep_id: int) -> None:
        self._start(self._ledger.sweeps.get(sweep_id))

    def _start(self, sweep: SweepRecord) -> None:
        self._cluster.check()  # an attempt that cannot be submitted would be spent for nothing
        attempt = self._ledger.sweeps.start_attempt(sweep.id, after=sweep.attempt, devices=self._sharing.devices())
        log.info("sweep %s starts (attempt %s)", sweep.id, attempt)
        self._owed[sweep.id] = attempt
        self._submit(sweep.id, attempt)

    def _replace(self, sweep: SweepRecord, job: JobState) -> None:
        log.warning("sweep %s lost the driver of attempt %s; it goes on in a new one", sweep.id, sweep.attempt)
        if job.ended_by_itself:
            self._ledger.progress.note_failed_attempt(sweep.id, sweep.attempt)
        self._cluster.stop(job_id(sweep.id, sweep.attempt))
        self._start(sweep)

    def _submit(self, sweep_id: int, attempt: int) -> None:
        python = shlex.quote(self._settings.python)
        command = f"{python} -m sweeps.run --sweep {sweep_id:d} --attempt {attempt:d}"
        if (most := self._sharing.most_lanes(sweep_id)) is not None:
            command += f" --most-lanes {most:d}"
        self._cluster.submit(job_id(sweep_id, attempt), command)
        self._owed.pop(sweep_id, None)

    def _give_up(self, sweep: SweepRecord, situation: Situation) -> None:
        job = job_id(sweep.id, sweep.attempt)
        tail = redacted(self._cluster.log_tail(job)).strip() or "the cluster kept no log of it"
        fruit = (
            "the sweep was concluded, of which everything is trained"
            if situation.is_trained
            else "an epoch was measured"
        )
        reason = (
            f"{situation.failed_attempts + 1} attempts in a row ended by themselves before {fruit}. "
            f"Mend what the driver's log ({job}) says and resume the sweep. Its last lines:\n{tail}"
        )
        self._cluster.stop(job)
        self._ledger.sweeps.end(sweep.id, SweepState.FAILED, reason, sweep.attempt)
        log.error("sweep %s failed: %s", sweep.id, reason)

    def _end_driver(self, sweep: SweepRecord) -> None:
        try:
            self._cluster.stop(job_id(sweep.id, sweep.attempt))
        except ClusterError as error:
            log.warning("the job of sweep %s may still run: %s", sweep.id, redacted(str(error)))
