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
from learning.validation import is_number, require, require_count, require_kind, require_one_of, set_numbers


@dataclass(frozen=True)
class Range:
    """The legal values of a hyperparameter: numbers from `low` to `high`, both legal, which float32 can hold."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return is_number(value) and self.low <= float(str(value)) <= self.high

    def __str__(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"


HYPERPARAMETERS: Mapping[str, Range] = MappingProxyType(
    {
        "learning_rate": Range(1e-30, 3e38),
        "noise_scale": Range(1e-12, 1e12),  # outside, float32 loses the squared noise
        "decorrelation_rate": Range(0.0, 3e38),
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

    learning_rate: η from 1e-30 to 3e38. noise_scale: σ from 1e-12 to 1e12, standard deviation of the perturbation, for
    rules that perturb. decorrelation_rate: α from 0 to 3e38, with decorrelation. None where the shape does not read it.
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
    system_noise: σ, 0 or from 1e-12 to 1e12, of Gaussian noise in every pass of the network itself, which nobody can
    read; then no pass is clean, and a rule learns from the difference of two noisy passes (`anp` alone can), reads no
    noise scale of its own and has no say in the noise (`antithetic`, `noise_distribution`).
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
        set_numbers(self, int, "batch_size")
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
        legal = HYPERPARAMETERS["noise_scale"]
        holds = self.system_noise in legal or (is_number(self.system_noise) and self.system_noise == 0)
        require(holds, "system_noise", self.system_noise, f"must be 0 or {legal}", "0.0 is a clean system")
        set_numbers(self, float, "system_noise")
        if self.system_noise:
            _check_noisy_system(self.rule, self.system_noise)

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
        return {
            name: (there, here.get(name, "unknown")) for name, there in described.items() if there != here.get(name)
        }

    def described(self) -> dict[str, str]:
        """Every field as text, to compare shapes by in files."""
        return {own.name: repr(getattr(self, own.name)) for own in fields(self)}

    def _title(self, hyperparameter: str) -> str:
        """The part of this shape that decides whether the hyperparameter is read."""
        if hyperparameter == "decorrelation_rate":
            return f"rule {self.rule.name} {'with' if self.decorrelation else 'without'} decorrelation"
        return f"rule {self.rule.name}" + (" in a noisy system" if self.system_noise else "")


def _check_noisy_system(rule: Rule, system_noise: float) -> None:
    """Raise ValueError unless the rule can learn in a system whose noise nobody can read, mirror or choose."""
    require(
        rule.hidden_noise,
        "system_noise",
        system_noise,
        f"rule {rule.name} needs a clean pass or the noise itself, and a noisy system gives neither",
        "use anp, which learns from the measured change of activity",
    )
    if isinstance(rule, NoiseOptions):
        nobody = f"with system_noise = {system_noise!r} the noise is the system's own: Gaussian, and nobody can"
        distribution = rule.noise_distribution
        require(not rule.antithetic, "antithetic", rule.antithetic, f"{nobody} mirror it", "leave it out")
        holds = distribution == "gaussian"
        require(holds, "noise_distribution", distribution, f"{nobody} choose it", "leave it out")
