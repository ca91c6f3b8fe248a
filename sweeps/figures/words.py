"""Words in figures. Plotly reads a little HTML in every text: what people wrote is escaped."""

import html
from collections.abc import Sequence

LONGEST = 24
"""Letters of a label, where so many tell names apart."""


def shown(text: object) -> str:
    """A name of ours or of a person's, as Plotly shows it letter by letter."""
    return html.escape(" ".join(str(text).split()), quote=False)


def labels(names: Sequence[str]) -> list[str]:
    """Names where room is short, in a legend, at an axis, above a panel: cut where that leaves them different."""
    longest = LONGEST
    while len({_cut(name, longest) for name in names}) < len(set(names)):
        longest += 1
    return [shown(_cut(name, longest)) for name in names]


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def listed(names: Sequence[str]) -> str:
    """`bp`, `bp and np`, `bp, np and anp`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
