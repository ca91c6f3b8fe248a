"""What every picture of value over noise scale and decorrelation rate shares."""

import math
from collections.abc import Iterable

NOISE, DECORRELATION = "noise_scale", "decorrelation_rate"
WORST = 0.1
"""The part of the values at the bad end that shares one colour, so that one bad trial does not hide the rest."""
FAR = 10.0
"""Times the colours' range, beyond which a loss lies off its axis."""


def colour_range(values: Iterable[float], maximise: bool) -> tuple[float, float] | None:
    """From where to where colours go; None for no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    cut = int(WORST * len(ordered))
    low, high = (ordered[cut], ordered[-1]) if maximise else (ordered[0], ordered[-1 - cut])
    return (low, high) if low < high else (ordered[0], ordered[-1])


def value_range(values: Iterable[float], maximise: bool) -> tuple[float, float]:
    """From where to where an axis of values goes: over all of an accuracy, which has an end; of a loss, not so far that
    nothing else is seen."""
    known = list(values)
    if not known:
        return 0.0, 1.0
    low, high = colour_range(known, maximise) or (0.0, 1.0)
    most = math.inf if maximise else high + FAR * (high - low)
    return min(known), max(value for value in known if value <= most)
