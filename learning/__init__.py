"""The mathematics: node-perturbation learning rules over populations of networks. PyTorch and NumPy only.

Start with `Population`; read one rule (`learning/rules/node_perturbation.py`), then `probe.py`, `passes.py` and
`train.py`. Sixteen decorrelated networks that differ in their noise scale, trained as one population, and their
accuracy against σ:

    import numpy
    from matplotlib import pyplot
    from learning import ActivityNodePerturbation, Decorrelation, Digits, Hyperparameters, Population, Shape, load_data

    shape = Shape(rule=ActivityNodePerturbation(), decorrelation=Decorrelation(), batch_size=50)
    population = Population(shape, load_data(Digits()))
    for sigma in numpy.logspace(-6, 0, 16):
        population.add(sigma, Hyperparameters(learning_rate=1e-2, noise_scale=sigma, decorrelation_rate=1e-2), seed=0)
    histories = population.train(epochs=30)
    pyplot.semilogx(list(histories), [history.best("validation_accuracy").value for history in histories.values()])
    pyplot.gca().set(xlabel="noise scale σ", ylabel="validation accuracy of the best epoch")
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
from learning.devices import is_out_of_memory
from learning.export import build as build_network
from learning.history import EpochValue, History, TrainReport, higher_is_better
from learning.networks import Conv, Dense, Network
from learning.optimisers import SGD, Adam, Optimiser
from learning.population import MemberState, Population
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
    "EpochValue",
    "FashionMnist",
    "ForwardGradient",
    "History",
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
    "higher_is_better",
    "is_out_of_memory",
    "load_data",
]
