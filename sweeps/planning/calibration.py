"""Seconds an epoch: measured in earlier sweeps of this ledger, else scaled from there, else a reference machine's."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from learning import DataSet, Shape
from sweeps.configuration import HYPERPARAMETERS, Template
from sweeps.ledger import Ledger
from sweeps.ledger.rates import TrainedTrial
from sweeps.planning.models import Basis, BasisKind
from sweeps.planning.reference import Reference, label, reference
from sweeps.space import Value

PLACEHOLDER = 1e-3
"""Stands for every number that a shape does not depend on."""
_data_set: TypeAdapter[DataSet] = TypeAdapter(DataSet)


@dataclass(frozen=True)
class Measured:
    """What networks of one shape on one data set have taken here."""

    shape: Shape
    data: DataSet
    networks: int
    epochs: int
    device_seconds: float

    @property
    def seconds_an_epoch(self) -> float:
        return self.device_seconds / self.epochs


class Calibration:
    """Estimates what an epoch of one network takes."""

    def __init__(self, measured: Iterable[Measured], reference: Reference) -> None:
        self._measured = list(measured)
        self._reference = reference

    def seconds_an_epoch(self, shape: Shape, data: DataSet) -> tuple[float, Basis]:
        """Device seconds of one epoch of one network and its evaluation, in a full lane, and what that rests on."""
        for own in self._measured:
            if (own.shape, own.data) == (shape, data):
                return own.seconds_an_epoch, _basis(BasisKind.MEASURED, f"measured here: {_networks(own)}")
        expected = self._reference.seconds_an_epoch(shape, data)
        of_its_rule = [own for own in self._measured if label(own.shape) == label(shape)]
        nearest = min(of_its_rule or self._measured, key=lambda own: self._distance(own, expected), default=None)
        if nearest is None:
            return expected, _basis(BasisKind.REFERENCE, f"reference machine: {self._reference.machine}")
        whose = label(shape) if of_its_rule else "another rule"
        words = f"scaled from {_networks(nearest)} of {whose} measured here, by multiply-adds and steps"
        return nearest.seconds_an_epoch * expected / self._expected(nearest), _basis(BasisKind.SCALED, words)

    def _expected(self, own: Measured) -> float:
        return self._reference.seconds_an_epoch(own.shape, own.data)

    def _distance(self, own: Measured, expected: float) -> float:
        return abs(math.log(self._expected(own) / expected))


def calibration(ledger: Ledger) -> Calibration:
    """What this ledger knows, of all teams: rates alone, never what they are of."""
    return Calibration(_together(ledger.rates.trained()), reference())


def _together(trials: Iterable[TrainedTrial]) -> Iterable[Measured]:
    """By shape and data set."""
    shapes: dict[str, tuple[Shape, DataSet] | None] = {}
    found: dict[tuple[Shape, DataSet], Measured] = {}
    for trial in trials:
        key = _key(trial)
        if key not in shapes:
            shapes[key] = _trained(trial)
        trained = shapes[key]
        if trained is None or trial.device_seconds <= 0:
            continue
        before = found.get(trained) or Measured(*trained, networks=0, epochs=0, device_seconds=0.0)
        found[trained] = replace(
            before,
            networks=before.networks + trial.networks,
            epochs=before.epochs + trial.epochs,
            device_seconds=before.device_seconds + trial.device_seconds,
        )
    return found.values()


def _key(trial: TrainedTrial) -> str:
    """The same for trials of equal shapes; thousands of trials are of a few."""
    arm = trial.spec["compare"][trial.arm]
    document = _template(trial) | {"data": trial.spec["data"], "arm": arm["name"], "structure": _structure(trial)}
    return json.dumps(document, sort_keys=True)


def _trained(trial: TrainedTrial) -> tuple[Shape, DataSet] | None:
    """None for a specification of another version of npsweep that this one cannot read."""
    try:
        template = Template.model_validate(_template(trial))
        numbers: dict[str, Value] = {
            path: trial.configuration.get(path, PLACEHOLDER) for path in template.hyperparameters()
        }
        shape = template.configure(_structure(trial) | numbers).shape
        return shape, _data_set.validate_python(trial.spec["data"])
    except (ValidationError, ValueError):
        return None


def _template(trial: TrainedTrial) -> dict[str, object]:
    arm = trial.spec["compare"][trial.arm]
    own = {name: arm.get(name) for name in ("rule", "decorrelation")}
    return own | {name: trial.spec[name] for name in ("network", "training")}


def _structure(trial: TrainedTrial) -> dict[str, Value]:
    return {path: value for path, value in trial.configuration.items() if path not in HYPERPARAMETERS}


def _networks(own: Measured) -> str:
    return f"{own.networks} network{'' if own.networks == 1 else 's'}"


def _basis(kind: BasisKind, words: str) -> Basis:
    return Basis(kind=kind, words=words)
