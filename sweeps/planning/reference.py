"""Rates of a reference machine: `reference.json` is what `python -m tests.benchmarks.calibration --json` printed last.

An epoch of one network takes `steps · step_us + multiply-adds · multiply_add_ps`, both by rule and decorrelation: what
a step costs whatever its size, and what its products cost. The same law scales what was measured to another shape.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from learning import DataSet, Shape
from learning.cost import epoch_multiply_adds, steps_of

FILE = Path(__file__).with_name("reference.json")


@dataclass(frozen=True)
class Rate:
    """What one network's training takes with one rule, with or without decorrelation, in a full lane."""

    step_us: float
    """Microseconds of a step, whatever its size."""
    multiply_add_ps: float
    """Picoseconds of each multiply-add."""


@dataclass(frozen=True)
class Reference:
    """Rates by rule, `d` before its name with decorrelation, and the machine that they were measured on."""

    rates: dict[str, Rate]
    machine: str

    def seconds_an_epoch(self, shape: Shape, data: DataSet) -> float:
        """Device seconds of one epoch of one network. A rule without a rate takes what the slowest does."""
        rate = self.rates.get(label(shape)) or max(self.rates.values(), key=lambda one: one.multiply_add_ps)
        steps, products = steps_of(shape, data), epoch_multiply_adds(shape, data)
        return 1e-6 * rate.step_us * steps + 1e-12 * rate.multiply_add_ps * products


def label(shape: Shape) -> str:
    return ("d" if shape.decorrelation else "") + shape.rule.name


@cache
def reference() -> Reference:
    """The committed rates."""
    document = json.loads(FILE.read_text())
    figures, machine = document["figures"], document["machine"]
    names = [name.removesuffix("_step_us") for name in figures if name.endswith("_step_us")]
    rates = {name: Rate(figures[f"{name}_step_us"], figures[f"{name}_multiply_add_ps"]) for name in names}
    lanes = document["settings"]["lanes"]
    return Reference(rates, f"{machine['processor']}, {lanes} lanes, torch {machine['torch'].split('+')[0]}")
