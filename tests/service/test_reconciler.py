"""The reconciler over a real ledger and a cluster in memory: started once, adopted, replaced, stopped, given up."""

import time

import pytest
from sqlalchemy import create_engine, text

from service.control.cluster import JobState
from service.control.reconciler import Reconciler
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger.errors import FencedOut
from sweeps.ledger.records import MemberRecord, TrialRecord
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.states import SweepState, TrialState
from tests.service.conftest import small_spec
from tests.service.memory_cluster import MemoryCluster
from tests.service.test_sweeps_api import trial


class Service:
    """One reconciler with its ledger and cluster, and a hand on the clock."""

    def __init__(self, ledger: Ledger, cluster: MemoryCluster, settings: ServiceSettings) -> None:
        ledger.accounts.first_admin()
        self.ledger, self.cluster, self.settings = ledger, cluster, settings
        self.reconciler = Reconciler(ledger, cluster, settings)

    def post(self) -> int:
        return self.ledger.sweeps.post(1, 1, small_spec()).id

    def restart(self) -> None:
        self.reconciler = Reconciler(self.ledger, self.cluster, self.settings)

    def state(self, sweep_id: int) -> SweepState:
        return self.ledger.sweeps.get(sweep_id).state

    def run(self, sweep_id: int) -> None:
        """What a driver does first."""
        self.ledger.sweeps.move(sweep_id, SweepState.RUNNING)

    def silent_for(self, sweep_id: int, seconds: float) -> None:
        self.write("UPDATE sweeps SET heartbeat_at = :at WHERE id = :id", at=time.time() - seconds, id=sweep_id)

    def write(self, statement: str, **values: object) -> None:
        """Into the ledger's database, past the ledger."""
        engine = create_engine(self.settings.ledger_url)
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()

    def measure(self, sweep_id: int, attempt: int) -> TrialRecord:
        begun = trial(sweep_id, 0, TrialState.RUNNING)
        self.ledger.trials.book(sweep_id, attempt, Batch({0: begun}, {}, [NewEpoch("search", 0, 7, attempt, {})]))
        return begun


@pytest.fixture
def service(ledger: Ledger, cluster: MemoryCluster, settings: ServiceSettings) -> Service:
    return Service(ledger, cluster, settings)


def test_a_queued_sweep_is_submitted_once_under_its_own_id(service: Service) -> None:
    sweep_id = service.post()
    for _ in range(3):
        service.reconciler.tick()
    assert service.cluster.submissions == [f"npsweep-{sweep_id}-1"]
    assert service.cluster.entrypoints[f"npsweep-{sweep_id}-1"].endswith(
        f" -m sweeps.run --sweep {sweep_id} --attempt 1"
    )
    assert service.state(sweep_id) is SweepState.STARTING


def test_the_queue_waits_for_a_free_place_and_keeps_its_order(service: Service) -> None:
    first, second = service.post(), service.post()
    service.reconciler.tick()
    assert (service.state(first), service.state(second)) == (SweepState.STARTING, SweepState.QUEUED)
    service.run(first)
    service.ledger.sweeps.end(first, SweepState.FAILED, "for the test")
    service.reconciler.tick()
    assert service.state(second) is SweepState.STARTING


def test_after_a_restart_everything_is_adopted_and_nothing_submitted_twice(service: Service) -> None:
    sweep_id = service.post()
    service.reconciler.tick()
    service.run(sweep_id)
    service.restart()
    for _ in range(3):
        service.reconciler.tick()
    assert len(service.cluster.submissions) == 1
    assert service.ledger.sweeps.get(sweep_id).attempt == 1


def test_an_unreachable_cluster_costs_no_attempt(service: Service) -> None:
    sweep_id = service.post()
    service.cluster.unreachable = True
    for _ in range(5):
        service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.QUEUED
    service.cluster.unreachable = False
    service.reconciler.tick()
    assert service.ledger.sweeps.get(sweep_id).attempt == 1


def test_a_submission_that_was_lost_is_made_again_under_the_same_id(service: Service) -> None:
    sweep_id = service.post()
    service.cluster.refusals = 2
    for _ in range(4):
        service.reconciler.tick()
    assert service.cluster.submissions == [f"npsweep-{sweep_id}-1"]
    assert service.ledger.sweeps.get(sweep_id).attempt == 1


def test_a_lost_driver_is_replaced_by_a_new_attempt(service: Service) -> None:
    sweep_id = service.post()
    service.reconciler.tick()
    service.run(sweep_id)
    service.cluster.jobs[f"npsweep-{sweep_id}-1"] = JobState.FAILED
    service.reconciler.tick()
    assert len(service.cluster.submissions) == 1, "its last heartbeat is young"
    service.silent_for(sweep_id, 20)
    service.reconciler.tick()
    assert service.cluster.submissions == [f"npsweep-{sweep_id}-1", f"npsweep-{sweep_id}-2"]
    assert service.state(sweep_id) is SweepState.STARTING


def test_attempts_without_progress_end_in_a_failure_that_says_why(service: Service) -> None:
    sweep_id = service.post()
    for attempt in range(1, 4):
        service.reconciler.tick()
        job = f"npsweep-{sweep_id}-{attempt}"
        service.cluster.jobs[job] = JobState.FAILED
        service.cluster.logs[job] = "ImportError: no module named cupy\npostgresql://me:hunter2@db/x\nnps_abcdef"
        service.silent_for(sweep_id, 20)
    service.reconciler.tick()
    sweep = service.ledger.sweeps.get(sweep_id)
    assert sweep.state is SweepState.FAILED
    assert "no module named cupy" in (sweep.reason or "")
    assert "hunter2" not in (sweep.reason or "")
    assert "nps_abcdef" not in (sweep.reason or "")
    assert len(service.cluster.submissions) == 3


def test_restarts_of_the_whole_stack_are_no_failures(service: Service) -> None:
    sweep_id = service.post()
    for _ in range(6):
        service.reconciler.tick()
        service.run(sweep_id)
        service.cluster.jobs.clear()  # the job table went with the Ray head
        service.restart()
        service.silent_for(sweep_id, 20)
    service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.STARTING
    assert len(service.cluster.submissions) == 7


def test_failures_are_remembered_across_restarts(service: Service) -> None:
    sweep_id = service.post()
    for attempt in range(1, 4):
        service.reconciler.tick()
        service.cluster.jobs[f"npsweep-{sweep_id}-{attempt}"] = JobState.FAILED
        service.restart()
        service.silent_for(sweep_id, 20)
    service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.FAILED
    told = [event.data for event in service.ledger.events.after(sweep_id, 0) if event.kind == "attempt.failed"]
    assert told == [{"attempt": 1}, {"attempt": 2}]


def test_a_failure_is_noted_once_and_of_the_newest_attempt_only(service: Service) -> None:
    sweep_id = service.post()
    first, progress = service.ledger.sweeps.start_attempt(sweep_id), service.ledger.progress
    progress.note_failed_attempt(sweep_id, first)
    progress.note_failed_attempt(sweep_id, first)
    assert progress.failed_attempts(sweep_id, before=2) == 1
    assert progress.failed_attempts(sweep_id, before=1) == 0, "a replacement that is tried again counts itself once"
    service.ledger.sweeps.start_attempt(sweep_id)
    with pytest.raises(FencedOut):
        progress.note_failed_attempt(sweep_id, first)
    service.measure(sweep_id, 2)
    assert progress.failed_attempts(sweep_id, before=3) == 0


def test_a_sweep_that_only_has_to_be_concluded_has_more_attempts_and_then_says_why(service: Service) -> None:
    sweep_id = service.post()
    attempt = service.ledger.sweeps.start_attempt(sweep_id)
    everything = {number: trial(sweep_id, number, TrialState.DIVERGED) for number in range(6)}
    service.ledger.trials.book(sweep_id, attempt, Batch(everything))
    assert service.ledger.progress.is_trained(sweep_id, trials_asked=6, confirmation_seeds=3)
    for attempt in range(1, 6):
        service.cluster.jobs[f"npsweep-{sweep_id}-{attempt}"] = JobState.FAILED
        service.silent_for(sweep_id, 20)
        service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.STARTING
    for attempt in range(6, 11):
        service.cluster.jobs[f"npsweep-{sweep_id}-{attempt}"] = JobState.FAILED
        service.silent_for(sweep_id, 20)
        service.reconciler.tick()
    sweep = service.ledger.sweeps.get(sweep_id)
    assert sweep.state is SweepState.FAILED
    assert "10 attempts in a row ended by themselves before the sweep was concluded" in (sweep.reason or "")


def test_a_winner_leaves_its_confirmation_to_train(service: Service) -> None:
    sweep_id = service.post()
    attempt, progress = service.ledger.sweeps.start_attempt(sweep_id), service.ledger.progress
    states = [TrialState.COMPLETED] * 2 + [TrialState.DIVERGED] * 4
    searched = {number: trial(sweep_id, number, state, 0.5) for number, state in enumerate(states)}
    service.ledger.trials.book(sweep_id, attempt, Batch(searched))
    assert not progress.is_trained(sweep_id, trials_asked=6, confirmation_seeds=1)
    for number in (0, 1):
        member = MemberRecord(sweep_id, "confirmation", number, 9, TrialState.COMPLETED, 2, None, 0, None, 1.0)
        service.ledger.trials.book(sweep_id, attempt, Batch({}, {("confirmation", number, 9): member}))
    assert progress.is_trained(sweep_id, trials_asked=6, confirmation_seeds=1)


def test_progress_earns_a_sweep_new_attempts(service: Service) -> None:
    sweep_id = service.post()
    for attempt in range(1, 7):
        service.reconciler.tick()
        service.run(sweep_id)
        service.measure(sweep_id, attempt)
        service.cluster.jobs[f"npsweep-{sweep_id}-{attempt}"] = JobState.FAILED
        service.silent_for(sweep_id, 20)
    assert service.state(sweep_id) is SweepState.RUNNING
    assert len(service.cluster.submissions) == 6


def test_a_stop_is_carried_out_where_the_driver_is_gone(service: Service) -> None:
    sweep_id = service.post()
    service.reconciler.tick()
    service.run(sweep_id)
    service.measure(sweep_id, 1)
    service.ledger.lifecycle.stop(sweep_id)
    service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.STOPPING, "the driver has its time"
    service.silent_for(sweep_id, 11)
    service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.STOPPED
    assert service.cluster.jobs[f"npsweep-{sweep_id}-1"] is JobState.STOPPED
    assert [one.state for one in service.ledger.trials.page(sweep_id)] == [TrialState.STOPPED]


def test_a_stop_needs_no_cluster(service: Service) -> None:
    sweep_id = service.post()
    service.reconciler.tick()
    service.run(sweep_id)
    service.ledger.lifecycle.stop(sweep_id)
    service.silent_for(sweep_id, 11)
    service.cluster.unreachable = True
    service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.STOPPED


def test_a_pause_is_carried_out_where_the_driver_is_gone_and_a_resume_starts_a_new_attempt(service: Service) -> None:
    sweep_id = service.post()
    service.reconciler.tick()
    service.run(sweep_id)
    service.measure(sweep_id, 1)
    service.ledger.lifecycle.pause(sweep_id)
    service.silent_for(sweep_id, 11)
    service.reconciler.tick()
    assert service.state(sweep_id) is SweepState.PAUSED
    assert service.cluster.jobs[f"npsweep-{sweep_id}-1"] is JobState.STOPPED
    assert [one.state for one in service.ledger.trials.page(sweep_id)] == [TrialState.RUNNING], "nothing is lost"
    service.ledger.lifecycle.resume(sweep_id)
    service.reconciler.tick()
    assert service.cluster.submissions[-1] == f"npsweep-{sweep_id}-2"


def test_a_paused_sweep_frees_its_place_in_the_queue(service: Service) -> None:
    first, second = service.post(), service.post()
    service.ledger.lifecycle.pause(first)
    service.reconciler.tick()
    assert (service.state(first), service.state(second)) == (SweepState.PAUSED, SweepState.STARTING)


def test_a_sweep_that_is_resumed_after_it_was_given_up_has_all_its_chances_again(service: Service) -> None:
    sweep_id = service.post()
    for _ in range(2):
        service.reconciler.tick()
        service.run(sweep_id)
        while service.state(sweep_id) is SweepState.RUNNING:
            attempt = service.ledger.sweeps.get(sweep_id).attempt
            service.cluster.jobs[f"npsweep-{sweep_id}-{attempt}"] = JobState.FAILED
            service.silent_for(sweep_id, 20)
            service.reconciler.tick()
            service.run(sweep_id)
        assert service.state(sweep_id) is SweepState.FAILED
        service.ledger.lifecycle.resume(sweep_id)
    assert len(service.cluster.submissions) == 2 * service.settings.fruitless_attempts


def test_one_sweep_that_cannot_be_read_holds_up_no_other(service: Service) -> None:
    service.settings = service.settings.model_copy(update={"max_running_sweeps": 5})
    service.restart()
    broken, well = service.post(), service.post()
    service.write("UPDATE sweeps SET labels = '{' WHERE id = :id", id=broken)
    service.reconciler.tick()
    states = [service.ledger.sweeps.state(sweep_id) for sweep_id in (broken, well)]
    assert states == [SweepState.QUEUED, SweepState.STARTING]
