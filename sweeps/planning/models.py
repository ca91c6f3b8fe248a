"""What a plan says, as values."""

from enum import StrEnum

from sweeps.frozen import Frozen


class Devices(Frozen):
    """What a cluster has."""

    cpus: float
    gpus: float


class BasisKind(StrEnum):
    """What an estimate rests on, best first."""

    MEASURED = "measured"
    SCALED = "scaled"
    REFERENCE = "reference"


class Basis(Frozen):
    """What an estimate rests on."""

    kind: BasisKind
    words: str
    """For example: measured here: 48 networks."""


class PlannedShape(Frozen):
    """One kind of population: networks that can train together."""

    share: float
    """The part of the arm's trials that is expected to have it: structural choices count alike."""
    network: str
    """For example: dense, hidden [64, 32]."""
    batch_size: int
    epochs: int
    """Of each of its networks."""
    multiply_adds: float
    """Of one training step of one network."""
    seconds_an_epoch: float
    """Device seconds of one epoch of one network, its evaluation included."""
    basis: Basis


class PlannedArm(Frozen):
    """One arm of the sweep."""

    name: str
    trials: int
    search_networks: int
    """Trials × replicates."""
    confirmation_networks: int
    """Of its best trial, with fresh seeds."""
    epochs: int
    """Of all its networks together; at most, where trials are pruned."""
    device_seconds: float
    """Of all its networks together; at most, where trials are pruned."""
    shapes: tuple[PlannedShape, ...]
    """Its populations."""


class Plan(Frozen):
    """The whole sweep. Figures are for every trial trained to its end: pruning is not predicted."""

    arms: tuple[PlannedArm, ...]
    trials: int
    networks: int
    """In search and confirmation."""
    epochs: int
    populations: int
    """Different shapes; networks of one shape train together."""
    device_seconds: float
    device_hours: float
    lanes: int | None
    """Long-lived workers; null where the specification leaves it to the cluster and that does not answer."""
    start_seconds: float
    """From the driver's start to the first epoch."""
    wall_seconds: float | None
    """From the driver's start to the end, the cluster being free; null where the number of lanes is not known."""
    is_upper_bound: bool
    """Whether pruning will make it less."""
    basis: tuple[Basis, ...]
    """Everything that the estimate rests on, the best first."""
