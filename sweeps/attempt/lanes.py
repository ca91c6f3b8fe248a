"""The lanes as Ray Tune trials: it translates between Tune, the coordinator and a lane, and decides nothing."""

import logging
import os
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")  # no CSV, JSON and TensorBoard files a result

from ray import tune
from ray.exceptions import RayActorError, RayTaskError

from learning import load_data
from sweeps.attempt.placement import Placement
from sweeps.attempt.remote import RemoteCoordinator
from sweeps.lane import Lane
from sweeps.logs.names import lane
from sweeps.logs.writing import keep_log
from sweeps.places import Places
from sweeps.settings import SweepSettings
from sweeps.spec import SweepSpec
from sweeps.storage import Storage

log = logging.getLogger(__name__)

COORDINATOR_RESTART_SECONDS = 60.0
SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN")
"""Ray Tune writes these into the description of its actors, which everybody reads who may look at the cluster. Lanes
have them from their node, where they need them."""


class LaneTrainable(tune.Trainable):  # type: ignore[misc]
    """One lane as a Ray Tune trial; Tune restarts it where its process or node is lost."""

    def setup(self, config: dict[str, Any]) -> None:
        keep_log(SweepSettings().storage, config["sweep_id"], config["attempt"], lane(config["lane"]))
        self._coordinator = RemoteCoordinator(config["sweep_id"], config["attempt"])
        self._lane: Lane | None = None
        try:
            self._lane = self._open_lane(config)
        except RayActorError:
            raise
        except Exception:  # raised again, it would be started again without end, and so would the attempt be
            log.exception("the lane could not start")
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
            log.exception("the lane failed, and starts again")
            self._lane.failed(traceback.format_exc(limit=-12))
            raise

    def save_checkpoint(self, _folder: str) -> None:
        """Members are saved one by one in the sweep's storage; Tune has nothing to keep."""

    def load_checkpoint(self, _checkpoint: object) -> None:
        """See save_checkpoint."""

    def _find_coordinator_again(self, own: Lane) -> None:
        """The coordinator restarts: it hands everything out anew."""
        log.warning("the coordinator was lost; waiting for its restart")
        until = time.monotonic() + COORDINATOR_RESTART_SECONDS
        while True:
            try:
                return own.register()
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
    with withheld(SECRETS):
        tuner.fit()


@contextmanager
def withheld(names: Iterable[str]) -> Iterator[None]:
    """Takes variables out of this process's environment for a while."""
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
