"""Networks: a settings class each, which lists the layers. A new kind is one file here and one name in `Network`."""

from learning.networks.conv import Conv
from learning.networks.dense import Dense
from learning.networks.layers import Layer, Patches

Network = Dense | Conv

__all__ = ["Conv", "Dense", "Layer", "Network", "Patches"]
