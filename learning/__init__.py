"""The mathematics: node-perturbation learning rules over populations of networks. PyTorch and NumPy only.

Start with `Population`; read one rule (`learning/rules/node_perturbation.py`), then `passes.py` and `train.py`.
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
