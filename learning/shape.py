"""What the members of a population share (`Shape`) and what each has of its own (`Hyperparameters`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, get_args

from learning.activations import ACTIVATIONS
from learning.decorrelation import Decorrelation
from learning.losses import LossName
from learning.networks import Dense, Network
from learning.optimisers import Adam, Optimiser
from learning.products import Precision
from learning.rules import Backpropagation, Rule
from learning.rules.perturbation import NoiseOptions
from learning.validation import is_number, require, require_count, require_kind, require_one_of


@dataclass(frozen=True)
class Range:
    """The legal values of a hyperparameter: finite numbers from `low` (itself legal if `low_is_legal`) upwards."""

    low: float
    low_is_legal: bool

    def __contains__(self, value: object) -> bool:
        if not is_number(value):
            return False
        number = float(str(value))
        return number > self.low or (self.low_is_legal and number == self.low)

    def __str__(self) -> str:
        return f"a finite number {'of at least' if self.low_is_legal else 'above'} {self.low:g}"


HYPERPARAMETERS: Mapping[str, Range] = MappingProxyType(
    {
        "learning_rate": Range(0.0, low_is_legal=False),
        "noise_scale": Range(1e-12, low_is_legal=True),  # below, float32 loses the squared noise
        "decorrelation_rate": Range(0.0, low_is_legal=True),
    }
)


def check_hyperparameter(name: str, value: object) -> None:
    """Raise ValueError unless `name` is a hyperparameter and `value` legal for it."""
    require_one_of("hyperparameter", name, tuple(HYPERPARAMETERS))
    legal = HYPERPARAMETERS[name]
    require(value in legal, name, value, f"must be {legal}", "give a Python or NumPy number in that range")


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """One member's numbers.

    learning_rate: η > 0. noise_scale: σ ≥ 1e-12, standard deviation of the perturbation, for rules that perturb.
    decorrelation_rate: α ≥ 0, with decorrelation. None where the shape does not read it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    learning_rate: float
    noise_scale: float | None = None
    decorrelation_rate: float | None = None

    def __post_init__(self) -> None:
        for name, value in self.given().items():
            check_hyperparameter(name, value)
            object.__setattr__(self, name, float(value))  # NumPy's numbers are no JSON

    def given(self) -> dict[str, float]:
        """The hyperparameters that are not None, by name."""
        values = {own.name: getattr(self, own.name) for own in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What must be equal inside a population.

    rule, decorrelation (None for none), network and optimiser compose freely. batch_size: samples a step, ≥ 1; an
    epoch has as many steps as whole batches fit, in a new order each time, and leaves a remainder out.
    loss: cross_entropy (classification only) or squared_error.
    system_noise: σ ≥ 0 of noise in every pass of the network itself, which nobody can read; then no pass is clean,
    and a rule learns from the difference of two noisy passes (`anp` alone can) and reads no noise scale of its own.
    precision: of the passes' matrix products in training, float32, tf32 (on a GPU) or bfloat16 (`learning.products`);
    evaluation is float32.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    rule: Rule
    decorrelation: Decorrelation | None = None
    network: Network = field(default_factory=Dense)
    optimiser: Optimiser = field(default_factory=Adam)
    batch_size: int = 500
    loss: LossName = "cross_entropy"
    system_noise: float = 0.0
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        require_kind("rule", self.rule, (Backpropagation, NoiseOptions), "write for example ActivityNodePerturbation()")
        if self.decorrelation is not None:
            require_kind("decorrelation", self.decorrelation, (Decorrelation,), "write Decorrelation(), or None")
        require_kind("network", self.network, get_args(Network), "write for example Dense(hidden=(64, 64))")
        require_kind("optimiser", self.optimiser, get_args(Optimiser), "write Adam() or SGD()")
        require_count("batch_size", self.batch_size)
        object.__setattr__(self, "batch_size", int(self.batch_size))
        require_one_of("loss", self.loss, get_args(LossName))
        require_one_of("precision", self.precision, get_args(Precision))
        derivable = ACTIVATIONS[self.network.activation].derivative is not None
        require(
            derivable or not self.rule.needs_derivative,
            "activation",
            self.network.activation,
            f"has no derivative, which rule {self.rule.name} needs",
            "use np, inp, anp or wp, or another activation",
        )

        holds = is_number(self.system_noise) and (self.system_noise == 0 or self.system_noise >= 1e-12)
        require(holds, "system_noise", self.system_noise, "must be 0 or a finite number above", "0.0 is a clean system")
        require(
            not self.system_noise or self.rule.hidden_noise,
            "system_noise",
            self.system_noise,
            f"rule {self.rule.name} needs a clean pass or the noise itself, and a noisy system gives neither",
            "use anp, which learns from the measured change of activity",
        )

    @property
    def hyperparameters(self) -> frozenset[str]:
        """Names of the per-member hyperparameters that this shape reads."""
        read = self.rule.hyperparameters - ({"noise_scale"} if self.system_noise else frozenset())
        return read | ({"decorrelation_rate"} if self.decorrelation else frozenset())

    def check(self, hyperparameters: Hyperparameters) -> None:
        """Raise ValueError unless exactly the hyperparameters this shape reads are given."""
        given = hyperparameters.given()
        for name in sorted(self.hyperparameters - given.keys()):
            require(False, name, None, f"is read by {self._title(name)}", "give it a value")
        for name in sorted(given.keys() - self.hyperparameters):
            require(False, name, given[name], f"is not read by {self._title(name)}", "leave it out")

    def differences(self, described: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        """Where this shape differs from one that was described: field → (there, here)."""
        here = self.described()
        return {name: (described[name], here[name]) for name in described if described[name] != here[name]}

    def described(self) -> dict[str, str]:
        """Every field as text, to compare shapes by in files."""
        return {own.name: repr(getattr(self, own.name)) for own in fields(self)}

    def _title(self, hyperparameter: str) -> str:
        """The part of this shape that decides whether the hyperparameter is read."""
        if hyperparameter == "decorrelation_rate":
            return f"rule {self.rule.name} {'with' if self.decorrelation else 'without'} decorrelation"
        return f"rule {self.rule.name}" + (" in a noisy system" if self.system_noise else "")
