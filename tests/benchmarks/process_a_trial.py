"""Plain Ray Tune with OptunaSearch, one process a trial: what `packing` compares npsweep with.

Written as a researcher writes it in an afternoon, with one generosity: the data is one tensor in memory, not a
DataLoader. anp is two forward passes subtracted, decorrelation learns from the whole batch and forms x* in every pass.
Run as a program of its own, a JSON object of `Settings` on its standard input, one of `Outcome` on its last line.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypedDict

import ray
import torch
from ray import tune
from ray.tune.search.optuna import OptunaSearch
from torch import Tensor
from torch.nn import functional

from learning import DataSet, Digits, FashionMnist, load_data

DATA: Mapping[str, DataSet] = MappingProxyType({one.name: one for one in (FashionMnist(), Digits())})


class Settings(TypedDict):
    """configurations: hyperparameters by name, one a trial; ranges: low and high of each, searched on a log scale."""

    decorrelation: bool
    epochs: int
    batch_size: int
    hidden: list[int]
    configurations: list[dict[str, float]]
    ranges: dict[str, tuple[float, float]]
    device: str
    cpus: int
    data: str


class Outcome(TypedDict):
    """seconds: of `Tuner.fit`, Ray being up. values: the last epoch's validation accuracy of every trial."""

    seconds: float
    values: list[float]


class Network:
    """Weights, biases and, with decorrelation, a matrix R a layer."""

    def __init__(self, sizes: list[int], decorrelation: bool, device: str) -> None:
        pairs = list(pairwise(sizes))
        self.weights = [torch.randn(n, o, device=device) * (2 / n) ** 0.5 for n, o in pairs]
        self.biases = [torch.zeros(o, device=device) for _, o in pairs]
        self.matrices = [torch.eye(n, device=device) for n, _ in pairs] if decorrelation else None

    def forward(self, x: Tensor, noise_scale: float = 0.0) -> tuple[list[Tensor], list[Tensor]]:
        """Every layer's inputs (decorrelated where they are) and pre-activations: (batch, units)."""
        inputs, outputs = [], []
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer > 0:
                x = functional.leaky_relu(x)
            if self.matrices is not None:
                x = x @ self.matrices[layer].T
            inputs.append(x)
            x = x @ weight + bias
            if noise_scale > 0:
                x = x + noise_scale * torch.randn_like(x)
            outputs.append(x)
        return inputs, outputs

    def decorrelate(self, inputs: list[Tensor], rate: float) -> None:
        """R ← R − α (⟨x* x*ᵀ⟩ − diag⟨x*²⟩) R."""
        if self.matrices is None:
            return
        for matrix, x in zip(self.matrices, inputs, strict=True):
            covariance = x.T @ x / len(x)
            covariance.fill_diagonal_(0.0)
            matrix -= rate * covariance @ matrix


def learn(network: Network, x: Tensor, y: Tensor, noise_scale: float) -> list[Tensor]:
    """One step's estimate of the gradient by activity-based node perturbation, put where the optimiser finds it."""
    inputs, clean = network.forward(x)
    _, noisy = network.forward(x, noise_scale)
    change = [after - before for after, before in zip(noisy, clean, strict=True)]
    loss_change = functional.cross_entropy(noisy[-1], y, reduction="none") - functional.cross_entropy(
        clean[-1], y, reduction="none"
    )
    units = sum(one.shape[1] for one in change)
    norm = sum((one.square().sum(1) for one in change), torch.zeros_like(loss_change))
    scale = (units * loss_change / norm).unsqueeze(1)
    for layer, (own, rows) in enumerate(zip(change, inputs, strict=True)):
        error = scale * own
        network.weights[layer].grad = rows.T @ error / len(x)
        network.biases[layer].grad = error.mean(0)
    return inputs


@torch.no_grad()
def train(config: dict[str, Any]) -> None:
    """One trial in its own process: loads the data, trains, reports the validation accuracy after every epoch."""
    device, batch = config["device"], config["batch_size"]
    data = load_data(DATA[config["data"]], device=device)
    x, y = data.networks_input(data.train.inputs), data.train.targets
    validation, labels = data.networks_input(data.validation.inputs), data.validation.targets
    network = Network([data.inputs, *config["hidden"], data.outputs], config["decorrelation"], device)
    optimiser = torch.optim.Adam([*network.weights, *network.biases], lr=config["learning_rate"])
    for _ in range(config["epochs"]):
        order = torch.randperm(len(x), device=device)
        for start in range(0, len(x) - batch + 1, batch):
            which = order[start : start + batch]
            inputs = learn(network, x[which], y[which], config["noise_scale"])
            optimiser.step()
            network.decorrelate(inputs, config.get("decorrelation_rate", 0.0))
        accuracy = (network.forward(validation)[1][-1].argmax(1) == labels).float().mean()
        tune.report({"validation_accuracy": float(accuracy)})


def search(settings: Settings, folder: str) -> Outcome:
    """All trials, as many at once as there are CPUs; on a GPU they share it."""
    space: dict[str, Any] = {name: tune.loguniform(low, high) for name, (low, high) in settings["ranges"].items()}
    fixed = ("decorrelation", "epochs", "batch_size", "hidden", "device", "data")
    resources = {"cpu": 1} | ({"gpu": 1 / settings["cpus"]} if settings["device"] == "cuda" else {})
    tuner = tune.Tuner(
        tune.with_resources(train, resources),
        param_space=space | {name: settings[name] for name in fixed},  # type: ignore[literal-required]
        tune_config=tune.TuneConfig(
            metric="validation_accuracy",
            mode="max",
            num_samples=len(settings["configurations"]),
            search_alg=OptunaSearch(points_to_evaluate=settings["configurations"]),
        ),
        run_config=tune.RunConfig(storage_path=folder, verbose=0),
    )
    began = time.perf_counter()
    results = tuner.fit()
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "values": [result.metrics["validation_accuracy"] for result in results]}


def main() -> None:
    settings: Settings = json.load(sys.stdin)
    ray.init(address="local", num_cpus=settings["cpus"], log_to_driver=False, logging_level="error")
    with tempfile.TemporaryDirectory() as folder:
        outcome = search(settings, folder)
    ray.shutdown()
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
