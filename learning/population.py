"""A population: networks of one shape that train together, and come and go one by one."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from learning.data import Data, SplitName
from learning.devices import usable_device
from learning.evaluate import evaluate, input_correlations
from learning.export import Description, describe, plain_network
from learning.history import History, TrainReport
from learning.products import tensor_cores
from learning.shape import Hyperparameters, Shape
from learning.stack import Stack
from learning.train import EpochSums, train_epoch
from learning.validation import require, require_count, require_kind, require_one_of
from learning.weights import initial_parameters, layer_views, named, parameter_count, row_of


@dataclass(frozen=True)
class MemberState:
    """Everything one member is, as a plain value: restored, it goes on as if it had never stopped.

    tensors: float32 tensors on the CPU by name: `layers.0.weight` (inputs, outputs), `layers.0.bias`, …, the
    optimiser's moments under `optimiser.<moment>.` with the same names, `decorrelation.0` (inputs, inputs), ….
    record: JSON-able: hyperparameters, seed, epoch, steps, shape. Noise and data order are functions of seed and epoch.
    """

    tensors: dict[str, Tensor]
    record: dict[str, Any]


@dataclass
class _Member:
    key: Hashable
    hyperparameters: Hyperparameters
    seed: int
    epoch: int
    whole: bool = True  # False within an epoch, and ever after where something interrupted it


class Population:
    """Members of one shape on one device, training on one data set.

    A member's numbers depend on its hyperparameters and its seed alone: not on its neighbours, nor on when it joined.
    On one CPU thread its training does so to the last bit where no layer has a single unit and four divides, in every
    layer, rows · inputs, rows · outputs and inputs · outputs; rows: those of the batch (samples · positions) and those
    that decorrelation learns from. Else, on more threads and on a GPU, it does so up to rounding, and so do metrics.
    """

    def __init__(self, shape: Shape, data: Data, device: torch.device | str | None = None) -> None:
        """device: where to train, the data's own by default; data elsewhere is copied to it."""
        require_kind("shape", shape, (Shape,), "write Shape(rule=…)")
        require_kind("data", data, (Data,), "use load_data, or make a Data of your own")
        require(
            shape.loss != "cross_entropy" or data.task == "classification",
            "loss",
            shape.loss,
            f"needs classes, and {data.name} has none",
            "use squared_error",
        )
        require(
            shape.batch_size <= len(data.train),
            "batch_size",
            shape.batch_size,
            f"must be at most the {len(data.train)} training samples of {data.name}",
            "use a smaller batch",
        )
        self.shape = shape
        self.data = data.to(data.device if device is None else usable_device(device))
        self._layers = shape.network.layers(data.input_shape, data.outputs)
        self._stack = Stack(self.data.device)
        self._members: list[_Member] = []
        self._places: dict[Hashable, int] = {}

    def __repr__(self) -> str:
        return f"Population({len(self)} members of {self.shape} on {self.data.name})"

    def __len__(self) -> int:
        return len(self._members)

    def keys(self) -> list[Hashable]:
        """The members' keys."""
        return [member.key for member in self._members]

    def add(self, key: Hashable, hyperparameters: Hyperparameters, seed: int) -> None:
        """Add a fresh member. seed: a whole number ≥ 0, from which its weights, data order and noise come."""
        require_kind("hyperparameters", hyperparameters, (Hyperparameters,), "write Hyperparameters(learning_rate=…)")
        require_count("seed", seed, least=0)
        seed = int(seed)
        row = {"parameters": initial_parameters(self._layers, seed)}
        for moment in self.shape.optimiser.moments:
            row[moment] = torch.zeros(parameter_count(self._layers))
        if self.shape.decorrelation:
            row |= {f"decorrelation.{n}": torch.eye(layer.inputs) for n, layer in enumerate(self._layers)}
        self._append(_Member(key, hyperparameters, seed, 0), row, steps=0)

    def restore(self, key: Hashable, state: MemberState) -> None:
        """Add a member that was saved, possibly under another key. ValueError where the populations' shapes differ.

        That the data, with its split, is the same is up to the caller.
        """
        record, tensors = state.record, state.tensors
        for field, (there, here) in self.shape.differences(record.get("shape", {})).items():
            raise ValueError(f"{field} = {there} in the saved member: must be {here}; restore into an equal shape")
        row = {"parameters": row_of(self._layers, tensors)}
        for moment in self.shape.optimiser.moments:
            row[moment] = row_of(self._layers, tensors, f"optimiser.{moment}.")
        if self.shape.decorrelation:
            row |= {name: _matrix(tensors, name, layer.inputs) for name, layer in self._matrices()}
        hyperparameters = Hyperparameters(**record["hyperparameters"])
        self._append(_Member(key, hyperparameters, record["seed"], record["epoch"]), row, record["steps"])

    def remove(self, key: Hashable) -> None:
        """Remove a member; the others do not notice. KeyError if there is none of this key."""
        place = self._place(key)
        del self._places[key]
        self._stack.remove(place)
        last = self._members.pop()
        if place < len(self._members):
            self._members[place] = last
            self._places[last.key] = place

    def state(self, key: Hashable) -> MemberState:
        """A copy of all that the member is. KeyError if there is none of this key.

        ValueError for a member that was interrupted within an epoch (see `train_epoch`).
        """
        _require_whole(self._members[self._place(key)])
        member, row = self._members[self._place(key)], self._stack.row(self._place(key))
        tensors = named(self._layers, row["parameters"])
        for moment in self.shape.optimiser.moments:
            tensors |= {f"optimiser.{moment}.{name}": t for name, t in named(self._layers, row[moment]).items()}
        if self.shape.decorrelation:
            tensors |= {name: row[name] for name, _ in self._matrices()}
        record = {
            "hyperparameters": member.hyperparameters.given(),
            "seed": member.seed,
            "epoch": member.epoch,
            "steps": int(row["steps"]),
            "shape": self.shape.described(),
        }
        return MemberState(tensors, record)

    def epoch(self, key: Hashable) -> int:
        """Epochs the member has trained."""
        return self._members[self._place(key)].epoch

    def hyperparameters(self, key: Hashable) -> Hyperparameters:
        """The member's hyperparameters."""
        return self._members[self._place(key)].hyperparameters

    def train(self, epochs: int, split: Literal["validation", "test"] = "validation") -> dict[Hashable, History]:
        """Train every member `epochs` ≥ 1 more epochs and evaluate it on `split` after each.

        A member's history holds these epochs, with the metrics of `train_epoch` and those of `evaluate`. Choose by
        "validation": the best epoch on "test" has seen the test split.
        """
        require(len(self) > 0, "members", [], "must be at least one", "add one first")
        require_count("epochs", epochs)
        require_one_of("split", split, ("validation", "test"))
        reports: dict[Hashable, list[TrainReport]] = {key: [] for key in self.keys()}
        for _ in range(epochs):
            trained, measured = self.train_epoch(), self.evaluate(split)
            for key, report in trained.items():
                reports[key].append(replace(report, metrics=report.metrics | measured[key]))
        return {key: History(tuple(own)) for key, own in reports.items()}

    def train_epoch(self) -> dict[Hashable, TrainReport]:
        """Train every member one epoch; members may be at different epochs.

        Whatever interrupts it, a notebook's interrupt or the end of memory, leaves members between two epochs. They
        can be evaluated and taken out as networks, but neither saved nor trained on: nothing could reproduce them.
        """
        return self._reports(self._train()) if self._members else {}

    def _train(self) -> EpochSums:
        for member in self._members:
            _require_whole(member)
        decay = [self.shape.optimiser.decay**member.epoch for member in self._members]
        rate = self._stack["learning_rate"] * torch.tensor(decay, device=self._stack["learning_rate"].device)
        for member in self._members:
            member.whole = False
        with tensor_cores(self.shape.precision):
            sums = train_epoch(self.shape, self._layers, self.data, self._stack, self._seeds_and_epochs(), rate)
        for member in self._members:
            member.epoch, member.whole = member.epoch + 1, True
        return sums

    def evaluate(self, split: SplitName) -> dict[Hashable, dict[str, float]]:
        """Every member's metrics on one split, named `<split>_loss` and so on. Changes nothing."""
        if not self._members:
            return {}
        with tensor_cores("float32"):
            measured = evaluate(self.shape, self._layers, self.data, split, self._stack, self._seeds_and_epochs())
        return {
            member.key: {name: values[place] for name, values in measured.items()}
            for place, member in enumerate(self._members)
        }

    def network(self, key: Hashable) -> nn.Sequential:
        """The member as a plain torch network on the CPU, decorrelation merged into the weights."""
        row = self._stack.row(self._place(key))
        merged = []
        for number, (weight, bias) in enumerate(layer_views(self._layers, row["parameters"].unsqueeze(0))):
            matrix = row.get(f"decorrelation.{number}")
            merged.append((weight[0] if matrix is None else matrix @ weight[0], bias[0, 0]))
        return plain_network(self._layers, merged)

    def describe(self) -> Description:
        """The plain network's modules as JSON-able values; `build_network` makes the network from them."""
        return describe(self._layers)

    def _place(self, key: Hashable) -> int:
        if key not in self._places:
            known = ", ".join(repr(own) for own in self.keys()[:10]) or "none"
            raise KeyError(f"there is no member {key!r}; the first ten: {known}")
        return self._places[key]

    def _seeds_and_epochs(self) -> list[tuple[int, int]]:
        return [(member.seed, member.epoch) for member in self._members]

    def _matrices(self) -> list[tuple[str, Any]]:
        return [(f"decorrelation.{number}", layer) for number, layer in enumerate(self._layers)]

    def _append(self, member: _Member, row: dict[str, Tensor], steps: int) -> None:
        if member.key in self._places:
            raise ValueError(f"key = {member.key!r}: is a member already; choose another key or remove it first")
        self.shape.check(member.hyperparameters)
        numbers = {"learning_rate": 0.0, "noise_scale": 1.0, "decorrelation_rate": 0.0} | member.hyperparameters.given()
        scalars = {name: torch.tensor(value, dtype=torch.float32) for name, value in numbers.items()}
        self._stack.append(row | scalars | {"steps": torch.tensor(steps, dtype=torch.float64)})
        self._places[member.key] = len(self._members)
        self._members.append(member)

    def _reports(self, sums: EpochSums) -> dict[Hashable, TrainReport]:
        columns = {"train_loss": sums.loss / sums.samples}
        if self.data.task == "classification":
            columns["train_accuracy"] = sums.correct / sums.samples
        if self.shape.decorrelation:
            with tensor_cores("float32"):
                correlations = input_correlations(self._layers, self.data, self._stack)
            columns |= {f"correlation_{number}": value for number, value in enumerate(correlations, 1)}
        metrics = {name: values.tolist() for name, values in columns.items()}
        sound = self._stack.all_finite().tolist()
        reports = {}
        for place, member in enumerate(self._members):
            own = {name: values[place] for name, values in metrics.items()}
            diverged = not (sound[place] and math.isfinite(own["train_loss"]))
            reports[member.key] = TrainReport(member.epoch, own, diverged)
        return reports


def _require_whole(member: _Member) -> None:
    where = f"was interrupted within epoch {member.epoch + 1}"
    require(member.whole, "key", member.key, where, "remove it, and add it afresh or restore a state saved before")


def _matrix(tensors: dict[str, Tensor], name: str, inputs: int) -> Tensor:
    found = tuple(tensors[name].shape) if name in tensors else None
    if found != (inputs, inputs):
        raise ValueError(
            f"{name} = {found}: must have shape {(inputs, inputs)}; restore into a population of equal shape"
        )
    return tensors[name].float()
