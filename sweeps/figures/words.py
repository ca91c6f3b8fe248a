"""Words in figures. Plotly reads a little HTML in every text: what people wrote is escaped."""

import html
from collections.abc import Mapping, Sequence

from sweeps.report.rounding import configured
from sweeps.space import Value

LONGEST = 24
"""Letters of a label."""


def shown(text: object) -> str:
    """A name of ours or of a person's, as Plotly shows it letter by letter."""
    return html.escape(" ".join(str(text).split()), quote=False)


def label(name: str) -> str:
    """A name where room is short: in a legend, at an axis, above a panel."""
    return shown(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")


def settings(configuration: Mapping[str, Value]) -> str:
    """`learning_rate 0.003, noise_scale 0.01`."""
    return ", ".join(f"{path} {configured(value)}" for path, value in configuration.items())


def listed(names: Sequence[str]) -> str:
    """`bp`, `bp and np`, `bp, np and anp`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def counted(number: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
