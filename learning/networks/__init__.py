"""Networks: a settings class each, which lists the layers. A new kind is one file here and one name in `Network`."""

from learning.networks.dense import Dense
from learning.networks.layers import Layer

Network = Dense

__all__ = ["Dense", "Layer", "Network"]
