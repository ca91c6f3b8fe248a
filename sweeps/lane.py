"""A lane: one long-lived worker that trains a population a shape and exchanges with the coordinator.

Knows nothing of Ray: whoever runs it calls `step` until it says that nothing is left to do.
"""

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from learning import Data, MemberState, Population, Shape, is_out_of_memory
from sweeps.exchange import Assignment, EpochReport, Exchange, LanePass
from sweeps.ledger.records import Metrics
from sweeps.member import MemberKey
from sweeps.places import Places
from sweeps.storage import Storage

log = logging.getLogger(__name__)

EXCHANGE_SECONDS = 1.0
"""Epochs are trained until this much time has passed, or a place is free; then the lane exchanges."""
CHECKPOINT_SECONDS = 10.0
"""How much of a lane's work is at stake, beside one exchange, when the lane is lost."""
IDLE_SECONDS = 0.2
"""Pause between two exchanges while there is nothing to train."""


@dataclass
class _Held:
    """A member in this lane: what it was assigned, and everything it has measured since its first epoch."""

    assignment: Assignment
    history: list[Metrics] = field(default_factory=list)

    def report(self, epoch: int, diverged: bool, device_seconds: float) -> EpochReport:
        member, lease = self.assignment.member, self.assignment.lease
        return EpochReport(member, lease, epoch, self.history[epoch - 1], diverged, device_seconds)


class Lane:
    """Trains what the coordinator hands it, on one share of a device. Holds nothing that can be lost."""

    def __init__(
        self,
        number: int,
        sweep_id: int,
        places: Places,
        data: Data,
        device: str,
        coordinator: Exchange,
        storage: Storage,
    ) -> None:
        """`places`: for members trained at once; `device`: a torch device. Registers with the coordinator."""
        self._number = number
        self._sweep_id = sweep_id
        self._places = places
        self._data = data
        self._device = device
        self._coordinator = coordinator
        self._storage = storage
        self._populations: dict[Shape, Population] = {}
        self._held: dict[MemberKey, _Held] = {}
        self._reports: list[EpochReport] = []
        self._ended: list[MemberKey] = []
        self._pass: LanePass
        self._saved_at = time.monotonic()
        self.register()

    def register(self) -> None:
        """Tells the coordinator that this lane begins, or begins again with nothing."""
        self._let_go()
        self._pass = self._coordinator.register(self._number)

    def step(self) -> bool:
        """Trains for about a second, then exchanges; False when the coordinator says that nothing is left."""
        begun = time.monotonic()
        while self._held:
            held = len(self._held)
            with self._halved_where_memory_ends(held):
                self._train_epoch()
            if len(self._held) < held or time.monotonic() - begun >= EXCHANGE_SECONDS:
                break
        if time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS:
            self._save_checkpoints()
        return self._exchange()

    def failed(self, reason: str) -> None:
        """Tells the coordinator that a step raised; the lane must register again before it goes on."""
        self._coordinator.lane_failed(self._pass, reason)

    @contextmanager
    def _halved_where_memory_ends(self, members: int) -> Iterator[None]:
        """Where memory does not suffice for so many, everything is let go of; fewer go on from their checkpoints."""
        try:
            yield
        except Exception as error:
            if not is_out_of_memory(error) or not self._places.halve(members):
                raise
            log.warning("no memory for %d networks at once, going on with %d: %s", members, self._places.count, error)
            self._let_go()
            self._coordinator.hand_back(self._pass)

    def _let_go(self) -> None:
        self._populations.clear()
        self._held.clear()
        self._reports.clear()
        self._ended.clear()

    def _exchange(self) -> bool:
        reports, self._reports = self._reports, []
        orders = self._coordinator.exchange(self._pass, reports, max(0, self._places.count - len(self._held)))
        if orders.register:
            self.register()
            return True
        if orders.keep or not orders.finished:
            self._forget_ended()
        for key in orders.stop:
            self._release(key)
        if orders.keep:
            self._save_checkpoints()
        with self._halved_where_memory_ends(len(self._held) + len(orders.start)):
            for assignment in orders.start:
                self._take(assignment)
        if not self._held and not orders.finished:
            time.sleep(IDLE_SECONDS)
        return not orders.finished

    def _train_epoch(self) -> None:
        for population in list(self._populations.values()):
            begun = time.monotonic()
            trained = population.train_epoch()
            measured = population.evaluate("validation")
            took = time.monotonic() - begun
            self._places.trained(population.shape, len(trained), took)
            seconds = took / len(trained)
            for key, report in trained.items():
                assert isinstance(key, MemberKey)
                held = self._held[key]
                held.history.append(_finite(report.metrics | measured[key]))
                if report.epoch == held.assignment.configuration.epochs and not report.diverged:
                    self._finish(population, held)
                self._reports.append(held.report(report.epoch, report.diverged, seconds))
                if report.diverged or report.epoch == held.assignment.configuration.epochs:
                    self._release(key)

    def _finish(self, population: Population, held: _Held) -> None:
        """A confirmation's last epoch: the one look at the test split, and the network is kept."""
        key = held.assignment.member
        if key.phase != "confirmation":
            return
        held.history[-1] |= _finite(self._test(population, key))
        network = population.network(key)
        self._storage.save_network(
            self._sweep_id,
            key,
            population.state(key).tensors,
            dict(network.state_dict()),
            {
                "modules": population.describe(),
                "inputs": "one row a sample, as learning.load_data(…).networks_input(split.inputs) gives them",
                "data": self._data.name,
                "trial": key.trial,
                "seed": key.seed,
                "hyperparameters": held.assignment.configuration.hyperparameters.given(),
                "metrics": held.history[-1],
            },
        )

    def _test(self, population: Population, key: MemberKey) -> dict[str, float]:
        """Measured in a population of its own, so that no other member's test numbers are ever computed."""
        alone = Population(population.shape, self._data, self._device)
        alone.restore(key, population.state(key))
        return alone.evaluate("test")[key]

    def _take(self, assignment: Assignment) -> None:
        """Starts a member from its newest checkpoint, telling again what it measured until then; else from its seed."""
        key, configuration = assignment.member, assignment.configuration
        population = self._populations.get(configuration.shape)
        if population is None:
            population = Population(configuration.shape, self._data, self._device)
            self._populations[configuration.shape] = population
        held = _Held(assignment)
        saved = self._storage.load_checkpoint(self._sweep_id, key)
        if saved is None:
            population.add(key, configuration.hyperparameters, key.seed)
        else:
            tensors, facts = saved
            population.restore(key, MemberState(tensors, facts["record"]))
            held.history = facts["history"]
            self._reports += [held.report(epoch, False, 0.0) for epoch in range(1, len(held.history) + 1)]
        self._held[key] = held

    def _release(self, key: MemberKey) -> None:
        held = self._held.pop(key, None)
        if held is None:
            return
        shape = held.assignment.configuration.shape
        self._populations[shape].remove(key)
        if not len(self._populations[shape]):
            del self._populations[shape]
        self._ended.append(key)

    def _forget_ended(self) -> None:
        """Checkpoints go only once the coordinator has heard, from this very lane, how their members ended."""
        while self._ended:
            self._storage.remove_checkpoint(self._sweep_id, self._ended.pop())

    def _save_checkpoints(self) -> None:
        for key, held in self._held.items():
            state = self._populations[held.assignment.configuration.shape].state(key)
            facts = {"record": state.record, "history": held.history}
            try:
                self._storage.save_checkpoint(self._sweep_id, key, state.tensors, facts)
            except OSError as error:
                log.warning("no checkpoint could be written, training goes on without: %s", error)
                break
        self._saved_at = time.monotonic()


def _finite(metrics: dict[str, float]) -> Metrics:
    """Metrics as they are booked: a number that is not finite is None."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}
