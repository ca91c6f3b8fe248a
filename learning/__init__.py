"""The mathematics: node-perturbation learning rules over populations of networks. PyTorch and NumPy only.

Start with `Population`; read one rule (`learning/rules/node_perturbation.py`), then `passes.py` and `train.py`. Sixteen
decorrelated networks that differ in their noise scale, trained as one population, and their accuracy against σ:

    data = load_data(Digits(), Path("data"))
    network = Dense(hidden=(64, 32))
    shape = Shape(rule=ActivityNodePerturbation(), decorrelation=Decorrelation(), network=network, batch_size=50)
    population = Population(shape, data)
    for sigma in numpy.logspace(-6, 0, 16):
        population.add(sigma, Hyperparameters(learning_rate=1e-2, noise_scale=sigma, decorrelation_rate=1e-2), seed=0)
    for _ in range(60):
        population.train_epoch()
    measured = population.evaluate("test")
    pyplot.semilogx(list(measured), [metrics["test_accuracy"] for metrics in measured.values()])
"""

from learning.data import Data, Split, SplitName
from learning.datasets import (
    Cifar10,
    Cifar100,
    DataMissingError,
    DataSet,
    Digits,
    FashionMnist,
    Mnist,
    Sarcos,
    Teacher,
    TinyImageNet,
    load_data,
)
from learning.decorrelation import Decorrelation
from learning.export import build as build_network
from learning.networks import Conv, Dense, Network
from learning.optimisers import SGD, Adam, Optimiser
from learning.population import MemberState, Population, TrainReport
from learning.rules import (
    ActivityNodePerturbation,
    Backpropagation,
    ForwardGradient,
    IterativeNodePerturbation,
    NodePerturbation,
    Rule,
    WeightPerturbation,
)
from learning.shape import HYPERPARAMETERS, Hyperparameters, Range, Shape, check_hyperparameter

__all__ = [
    "HYPERPARAMETERS",
    "SGD",
    "ActivityNodePerturbation",
    "Adam",
    "Backpropagation",
    "Cifar10",
    "Cifar100",
    "Conv",
    "Data",
    "DataMissingError",
    "DataSet",
    "Decorrelation",
    "Dense",
    "Digits",
    "FashionMnist",
    "ForwardGradient",
    "Hyperparameters",
    "IterativeNodePerturbation",
    "MemberState",
    "Mnist",
    "Network",
    "NodePerturbation",
    "Optimiser",
    "Population",
    "Range",
    "Rule",
    "Sarcos",
    "Shape",
    "Split",
    "SplitName",
    "Teacher",
    "TinyImageNet",
    "TrainReport",
    "WeightPerturbation",
    "build_network",
    "check_hyperparameter",
    "load_data",
]
