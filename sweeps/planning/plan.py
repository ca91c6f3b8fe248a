"""Counts what a sweep will train and estimates how long that takes."""

import itertools
import math
import random
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping

from learning.cost import step_multiply_adds
from sweeps.conditions import complete
from sweeps.configuration import HYPERPARAMETERS, Configuration
from sweeps.ledger import Ledger
from sweeps.planning.calibration import Calibration, calibration
from sweeps.planning.models import Basis, BasisKind, Devices, Plan, PlannedArm, PlannedShape
from sweeps.space import Dimension, Value
from sweeps.spec import SweepSpec

POINTS = 5
"""Values that stand for a structural range; of a choice every one does."""
MOST_STRUCTURES = 100
"""Combinations of structural values that are averaged over; of more, so many drawn from a fixed seed."""
START_SECONDS = 8.0
"""From a driver's start to its first epoch, where no sweep has run yet."""


def make_plan(spec: SweepSpec, ledger: Ledger, devices: Devices | None) -> Plan:
    """`devices`: None where the cluster does not say."""
    known = calibration(ledger)
    trained = [_configurations(spec, index) for index in range(len(spec.compare))]
    arms = tuple(_arm(spec, index, configurations, known) for index, configurations in enumerate(trained))
    networks = sum(arm.search_networks + arm.confirmation_networks for arm in arms)
    seconds = math.fsum(arm.device_seconds for arm in arms)
    lanes = _lanes(spec, devices, networks)
    starts = ledger.rates.starts()
    start = statistics.median(starts) if starts else START_SECONDS
    return Plan(
        arms=arms,
        trials=sum(arm.trials for arm in arms),
        networks=networks,
        epochs=sum(arm.epochs for arm in arms),
        populations=len({one.shape for configurations in trained for one in configurations}),
        device_seconds=seconds,
        device_hours=seconds / 3600,
        lanes=lanes,
        start_seconds=start,
        wall_seconds=None if lanes is None else start + seconds / lanes,
        is_upper_bound=spec.search.pruner.name != "none",
        basis=_distinct(shape.basis for arm in arms for shape in arm.shapes),
    )


def _arm(spec: SweepSpec, index: int, configurations: list[Configuration], known: Calibration) -> PlannedArm:
    entry, counted = spec.compare[index], Counter(configurations)
    shapes = [_shape(spec, one, times / len(configurations), known) for one, times in counted.items()]
    search, confirmation = spec.budget.trials * spec.replicates, spec.confirmation.seeds
    epochs = math.fsum(shape.share * shape.epochs for shape in shapes)
    seconds = math.fsum(shape.share * shape.epochs * shape.seconds_an_epoch for shape in shapes)
    return PlannedArm(
        name=entry.label(),
        trials=spec.budget.trials,
        search_networks=search,
        confirmation_networks=confirmation,
        epochs=round((search + confirmation) * epochs),
        device_seconds=(search + confirmation) * seconds,
        shapes=tuple(shapes),
    )


def _shape(spec: SweepSpec, configuration: Configuration, share: float, known: Calibration) -> PlannedShape:
    shape = configuration.shape
    seconds, basis = known.seconds_an_epoch(shape, spec.data)
    return PlannedShape(
        share=share,
        network=_described(configuration),
        batch_size=shape.batch_size,
        epochs=configuration.epochs,
        multiply_adds=step_multiply_adds(shape, shape.network.layers(spec.data.input_shape, spec.data.outputs)),
        seconds_an_epoch=seconds,
        basis=basis,
    )


def _configurations(spec: SweepSpec, arm: int) -> list[Configuration]:
    """What every combination of structural values that goes together trains; each stands for as many trials."""
    own = spec.arm_space(arm)
    structural = {path: one for path, one in own.space.items() if path not in HYPERPARAMETERS}
    found = []
    for values in _combinations(structural):
        try:
            found.append(own.template.configure({**complete(own.space, values), **own.fixed}))
        except ValueError:
            continue  # such a trial is booked as failed and trains nothing
    return found or [next(own.probes())]


def _combinations(structural: Mapping[str, Dimension]) -> Iterator[dict[str, Value]]:
    axes = [dimension.grid(POINTS) for dimension in structural.values()]
    every = itertools.product(*axes)
    if math.prod(len(axis) for axis in axes) > MOST_STRUCTURES:
        generator = random.Random(0)  # noqa: S311 - a sample to average over, no secret
        every = (tuple(generator.choice(axis) for axis in axes) for _ in range(MOST_STRUCTURES))  # type: ignore[assignment]
    for values in every:
        yield dict(zip(structural, values, strict=True))


def _described(configuration: Configuration) -> str:
    network = configuration.shape.network
    parts: list[str] = [network.kind]
    if network.kind == "conv":
        parts.append(f"channels {list(network.channels)}")
    return ", ".join([*parts, f"hidden {list(network.hidden)}"])


def _lanes(spec: SweepSpec, devices: Devices | None, networks: int) -> int | None:
    """As many as are asked for, else one a device; never more than have a CPU core and a network each."""
    if spec.lanes == "auto":
        return None if devices is None else max(1, min(int(devices.gpus or devices.cpus), networks))
    most = networks if devices is None else min(networks, max(1, int(devices.cpus)))
    return min(spec.lanes, most)


def _distinct(bases: Iterator[Basis]) -> tuple[Basis, ...]:
    order = list(BasisKind)
    return tuple(sorted(dict.fromkeys(bases), key=lambda basis: order.index(basis.kind)))
