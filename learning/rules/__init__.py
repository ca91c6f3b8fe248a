"""Learning rules: a file each. A new rule is one file here and one name in `Rule`.

A rule declares which per-member hyperparameters it reads and turns what a `Probe` measures into a gradient estimate.
"""

from learning.rules.activity_node_perturbation import ActivityNodePerturbation
from learning.rules.backpropagation import Backpropagation
from learning.rules.forward_gradient import ForwardGradient
from learning.rules.iterative_node_perturbation import IterativeNodePerturbation
from learning.rules.node_perturbation import NodePerturbation
from learning.rules.weight_perturbation import WeightPerturbation

Rule = (
    Backpropagation
    | NodePerturbation
    | IterativeNodePerturbation
    | ActivityNodePerturbation
    | WeightPerturbation
    | ForwardGradient
)

__all__ = [
    "ActivityNodePerturbation",
    "Backpropagation",
    "ForwardGradient",
    "IterativeNodePerturbation",
    "NodePerturbation",
    "Rule",
    "WeightPerturbation",
]
