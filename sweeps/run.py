"""The driver of one attempt, the entry point of its Ray Job: `python -m sweeps.run --sweep 12 --attempt 1`.

The door to Ray and Ray Tune: it translates between them and the coordinator and lanes, and decides nothing.
"""

import argparse
import logging
import math
import os
import shutil
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")  # no CSV, JSON and TensorBoard files a result

import ray
from ray import tune
from ray.exceptions import RayActorError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from learning import DataMissingError, Population, load_data
from sweeps.coordinator import HEARTBEAT_SECONDS, Coordinator, Outcome
from sweeps.exchange import EpochReport, LanePass, Orders
from sweeps.lane import Lane
from sweeps.ledger import Ledger
from sweeps.ledger.errors import FencedOut, LedgerError, LedgerUnreachable, NotComplete
from sweeps.ledger.trials import Batch
from sweeps.places import Places
from sweeps.report import build_report
from sweeps.settings import SweepSettings
from sweeps.spec import SweepSpec
from sweeps.states import SweepState
from sweeps.storage import Storage

log = logging.getLogger(__name__)

NAMESPACE = "npsweep"
FINAL_STATES = {
    Outcome.DONE: SweepState.COMPLETED,
    Outcome.STOPPED: SweepState.STOPPED,
    Outcome.ABORTED: SweepState.FAILED,
}
PLACES_ON_CPU, MOST_PLACES_ON_CPU = 8, 32
PLACES_ON_GPU, MOST_PLACES_ON_GPU = 32, 1024
"""Lanes that find out by measuring how many members they train at once begin with the first, and end with the second.
On a CPU, memory that ends ends the process, so that little is dared there."""
COORDINATOR_RESTART_SECONDS = 60.0
OUTCOME_SECONDS = 120.0
"""How long the last results may take on their way to the ledger once every lane has ended."""


@ray.remote(num_cpus=0, max_restarts=-1)
class CoordinatorActor:
    """The coordinator in a process of its own; restarted by Ray where that process dies, it reads the ledger anew."""

    def __init__(self, sweep_id: int, attempt: int, ahead: int) -> None:
        logging.basicConfig(level=logging.INFO)
        ledger = Ledger(SweepSettings().ledger_url)
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


class LaneTrainable(tune.Trainable):  # type: ignore[misc]
    """One lane as a Ray Tune trial; Tune restarts it where its process or node is lost."""

    def setup(self, config: dict[str, Any]) -> None:
        self._coordinator = RemoteCoordinator(config["sweep_id"], config["attempt"])
        self._lane: Lane | None = None
        try:
            self._lane = self._open_lane(config)
        except RayActorError:
            raise
        except Exception:  # raised again, it would be started again without end, and so would the attempt be
            self._coordinator.abort(f"lane {config['lane']} could not start:\n{traceback.format_exc(limit=-6)}")

    def _open_lane(self, config: dict[str, Any]) -> Lane:
        settings = SweepSettings()
        spec = SweepSpec.model_validate(config["spec"])
        device = "cuda" if config["gpus"] else "cpu"
        return Lane(
            config["lane"],
            config["sweep_id"],
            Places(config["places"], config["most_places"]),
            load_data(spec.data, settings.datasets, device, spec.seed),
            device,
            self._coordinator,
            Storage(settings.storage),
        )

    def step(self) -> dict[str, Any]:
        if self._lane is None:
            return {"done": True}
        try:
            return {"done": not self._lane.step()}
        except RayActorError:
            self._find_coordinator_again(self._lane)
            return {"done": False}
        except RayTaskError as error:
            self._coordinator.abort(f"the coordinator failed, which is a bug in npsweep:\n{error}")
            raise
        except Exception:
            self._lane.failed(traceback.format_exc(limit=-12))
            raise

    def save_checkpoint(self, _folder: str) -> None:
        """Members are saved one by one in the sweep's storage; Tune has nothing to keep."""

    def load_checkpoint(self, _checkpoint: object) -> None:
        """See save_checkpoint."""

    def _find_coordinator_again(self, lane: Lane) -> None:
        """The coordinator restarts: it hands everything out anew."""
        log.warning("the coordinator was lost; waiting for its restart")
        until = time.monotonic() + COORDINATOR_RESTART_SECONDS
        while True:
            try:
                return lane.register()
            except RayActorError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)


class LostLanes(tune.Callback):  # type: ignore[misc]
    """Tells the coordinator of a lane that died as soon as Tune has noticed: it may be long until there is a place
    to start it again, on a cluster that has lost a node."""

    def __init__(self, coordinator: Any) -> None:
        self._coordinator = coordinator

    def on_trial_recover(self, trial: Any, **_others: Any) -> None:
        self._coordinator.lane_lost.remote(trial.config["lane"])  # nobody waits: an error here would end all lanes


@dataclass(frozen=True)
class Node:
    """What one machine of the cluster has."""

    cpus: float
    gpus: float = 0.0


@dataclass(frozen=True)
class Placement:
    """How many lanes, and what each gets."""

    lanes: int
    places: int
    most_places: int
    """Above `places` where the lanes find out by measuring."""
    cpus: float
    gpus: float


def place(spec: SweepSpec, nodes: Sequence[Node]) -> Placement:
    """Splits a cluster's devices into lanes, never more than have a CPU each; a lane lies on one node.

    `auto` is one a GPU, or one a CPU core, and never more than can be busy.
    """
    cpus, gpus = sum(int(node.cpus) for node in nodes), sum(node.gpus for node in nodes)
    fitting = PLACES_ON_GPU if gpus else PLACES_ON_CPU
    most = MOST_PLACES_ON_GPU if gpus else MOST_PLACES_ON_CPU
    places, most = (fitting, most) if spec.trials_per_lane == "auto" else (spec.trials_per_lane, spec.trials_per_lane)
    members = len(spec.compare) * spec.budget.trials * spec.replicates
    busy = max(1, min(int(gpus or cpus), math.ceil(members / places)))
    lanes = busy if spec.lanes == "auto" else min(spec.lanes, max(1, cpus))
    share = 1 / math.ceil(lanes / gpus) if gpus else 0.0
    sizes = range(max(1, cpus // lanes), 0, -1)
    size = next((size for size in sizes if sum(_fitting(node, size, share) for node in nodes) >= lanes), 1)
    return Placement(lanes, places, most, cpus=size, gpus=share)


def _fitting(node: Node, cpus: int, gpus: float) -> int:
    """How many lanes of a size fit on the node."""
    by_cpu = int(node.cpus // cpus)
    return min(by_cpu, math.floor(node.gpus / gpus + 1e-9)) if gpus else by_cpu


def living_nodes() -> list[Node]:
    """The cluster as it is now."""
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Node(has.get("CPU", 0.0), has.get("GPU", 0.0)) for has in alive]


def actor_name(sweep_id: int, attempt: int) -> str:
    return f"coordinator-{sweep_id}-{attempt}"


def drive(ledger: Ledger, settings: SweepSettings, sweep_id: int, attempt: int) -> None:
    """Runs one attempt to its end. Raises FencedOut where another attempt has taken over."""
    wait_for_ledger(ledger, sweep_id, attempt)
    spec = SweepSpec.model_validate(ledger.sweeps.get(sweep_id).spec)
    ledger.sweeps.move(sweep_id, SweepState.RUNNING, attempt=attempt)
    try:
        with heartbeat(ledger, sweep_id, attempt):
            check_data(spec, settings.datasets)
    except (DataMissingError, ValueError) as error:
        ledger.sweeps.end(sweep_id, SweepState.FAILED, str(error), attempt)
        return
    # Beside us, without whom it ends anyway: the loss of another node must not take it.
    beside = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    named = CoordinatorActor.options(  # type: ignore[attr-defined]
        name=actor_name(sweep_id, attempt), namespace=NAMESPACE, scheduling_strategy=beside
    )
    placement = place(spec, living_nodes())
    ahead = math.ceil(placement.lanes * placement.places / len(spec.compare))
    actor = named.remote(sweep_id, attempt, ahead)
    folder = settings.storage / "tune" / str(sweep_id)
    first, ended = 0, None
    while first != ended:  # another crew follows where the lanes were changed
        placement = place(spec, living_nodes())
        log.info("sweep %d, attempt %d, lanes from %d on: %s", sweep_id, attempt, first, placement)
        run_lanes(spec, sweep_id, attempt, placement, folder, first, LostLanes(actor))
        ended, (first, document) = first, ray.get(actor.crew.remote())
        spec = SweepSpec.model_validate(document)
    shutil.rmtree(folder, ignore_errors=True)  # Tune's own bookkeeping: the ledger is the record
    outcome, reason = ray.get(actor.outcome.remote())
    finish(ledger, settings, sweep_id, attempt, outcome, reason)


def wait_for_ledger(ledger: Ledger, sweep_id: int, attempt: int) -> None:
    """Returns when a heartbeat could be written, however long that takes. Raises FencedOut."""
    while True:
        try:
            ledger.trials.book(sweep_id, attempt, Batch())
        except LedgerUnreachable as error:
            log.warning("the ledger cannot be written, waiting for it: %s", error)
            time.sleep(HEARTBEAT_SECONDS)
        else:
            return


def check_data(spec: SweepSpec, folder: Path) -> None:
    """Loads the data once, which downloads it where it must, and fits every arm to it before a lane starts.

    Raises DataMissingError or ValueError, which say what a person can do.
    """
    data = load_data(spec.data, folder, "cpu", spec.seed)
    for arm in range(len(spec.compare)):
        for configuration in spec.probes(arm):
            Population(configuration.shape, data)


@contextmanager
def heartbeat(ledger: Ledger, sweep_id: int, attempt: int) -> Iterator[None]:
    """Shows that the driver lives while no coordinator does it: a download may take minutes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            with suppress(LedgerError):
                ledger.trials.book(sweep_id, attempt, Batch())

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run_lanes(
    spec: SweepSpec,
    sweep_id: int,
    attempt: int,
    placement: Placement,
    folder: Path,
    first: int,
    lost_lanes: LostLanes,
) -> None:
    """Runs the lanes, numbered from `first`, as Ray Tune trials until the coordinator lets them end."""
    config = {
        "lane": tune.grid_search(list(range(first, first + placement.lanes))),
        "sweep_id": sweep_id,
        "attempt": attempt,
        "spec": spec.model_dump(mode="json"),
        "places": placement.places,
        "most_places": placement.most_places,
        "gpus": placement.gpus,
    }
    resources = {"CPU": placement.cpus} | ({"GPU": placement.gpus} if placement.gpus else {})
    tuner = tune.Tuner(
        tune.with_resources(LaneTrainable, resources),
        param_space=config,
        run_config=tune.RunConfig(
            name=f"attempt-{attempt}-{first}",
            storage_path=str(folder.absolute()),
            failure_config=tune.FailureConfig(max_failures=-1),  # the coordinator counts, and aborts
            callbacks=[lost_lanes],
            verbose=0,
        ),
    )
    tuner.fit()


def finish(
    ledger: Ledger,
    settings: SweepSettings,
    sweep_id: int,
    attempt: int,
    outcome: Outcome | None,
    reason: str | None,
) -> None:
    """Writes how the sweep ended, with its report: what a stopped or failed one has measured is in it.

    A paused one keeps its checkpoints and goes on from them in a later attempt.

    Raises RuntimeError where nobody knows: the coordinator was lost after its last word.
    """
    log.info("sweep %d, attempt %d: %s", sweep_id, attempt, outcome)
    if outcome is None:
        raise RuntimeError("the coordinator does not know how the sweep ended; a new attempt finds out")
    if outcome is Outcome.FENCED_OUT:
        return
    if outcome is Outcome.PAUSED:
        if not ledger.sweeps.move(sweep_id, SweepState.PAUSED, attempt=attempt):
            ledger.sweeps.end(sweep_id, SweepState.STOPPED, reason, attempt)  # a stop came while it was paused
        return
    state = FINAL_STATES[outcome]
    report = build_report(ledger, sweep_id, state).model_dump(mode="json")
    try:
        ledger.sweeps.end(sweep_id, state, reason, attempt, report)
    except NotComplete as extended:
        log.info("%s: it was extended in its last moment, and goes on", extended)
        ledger.sweeps.move(sweep_id, SweepState.QUEUED, attempt=attempt)
        return
    Storage(settings.storage).remove_checkpoints(sweep_id)


def main() -> None:
    parser = argparse.ArgumentParser(description="Drive one attempt of a sweep on the Ray cluster of this node.")
    parser.add_argument("--sweep", type=int, required=True)
    parser.add_argument("--attempt", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = SweepSettings()
    ledger = Ledger(settings.ledger_url)
    try:
        ray.init(address="auto", namespace=NAMESPACE, log_to_driver=False)
        drive(ledger, settings, arguments.sweep, arguments.attempt)
    except FencedOut as fence:
        log.warning("%s", fence)


if __name__ == "__main__":
    main()
