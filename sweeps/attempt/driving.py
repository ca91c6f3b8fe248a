"""The driver: it lets lanes and coordinator run until the sweep has ended, and decides nothing."""

import logging
import math
import shutil
from pathlib import Path

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from learning import DataMissingError, Population, load_data
from sweeps.attempt.beating import heartbeat
from sweeps.attempt.concluding import finish
from sweeps.attempt.coordinating import CoordinatorActor
from sweeps.attempt.lanes import LostLanes, run_lanes
from sweeps.attempt.names import NAMESPACE, actor_name
from sweeps.attempt.placement import Node, place
from sweeps.ledger import Ledger
from sweeps.settings import SweepSettings
from sweeps.spec import SweepSpec
from sweeps.states import SweepState

log = logging.getLogger(__name__)


def living_nodes() -> list[Node]:
    """The cluster as it is now."""
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Node(has.get("CPU", 0.0), has.get("GPU", 0.0)) for has in alive]


def drive(ledger: Ledger, settings: SweepSettings, sweep_id: int, attempt: int, most_lanes: int | None = None) -> None:
    """Runs one attempt to its end, with `most_lanes` for `auto`. Raises FencedOut where another has taken over."""
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
    placement = place(spec, living_nodes(), most_lanes)
    ahead = math.ceil(placement.lanes * placement.places / len(spec.compare))
    actor = named.remote(sweep_id, attempt, ahead)
    folder = settings.storage / "tune" / str(sweep_id)
    first, ended = 0, None
    while first != ended:  # another crew follows where the lanes were changed
        placement = place(spec, living_nodes(), most_lanes)
        log.info("sweep %d, attempt %d, lanes from %d on: %s", sweep_id, attempt, first, placement)
        run_lanes(spec, sweep_id, attempt, placement, folder, first, LostLanes(actor))
        ended, (first, document) = first, ray.get(actor.crew.remote())
        spec = SweepSpec.model_validate(document)
    shutil.rmtree(folder, ignore_errors=True)  # Tune's own bookkeeping: the ledger is the record
    outcome, reason = ray.get(actor.outcome.remote())
    finish(ledger, settings, sweep_id, attempt, outcome, reason)


def check_data(spec: SweepSpec, folder: Path) -> None:
    """Loads the data once, which downloads it where it must, and fits every arm to it before a lane starts.

    Raises DataMissingError or ValueError, which say what a person can do.
    """
    data = load_data(spec.data, folder, "cpu", spec.seed)
    for arm in range(len(spec.compare)):
        for configuration in spec.probes(arm):
            Population(configuration.shape, data)
