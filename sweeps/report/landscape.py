"""What every picture of value over noise scale and decorrelation rate shares."""

from collections.abc import Iterable

NOISE, DECORRELATION = "noise_scale", "decorrelation_rate"
WORST = 0.1
"""The part of the values at the bad end that shares one colour, so that one bad trial does not hide the rest."""


def colour_range(values: Iterable[float], maximise: bool) -> tuple[float, float] | None:
    """From where to where colours go; None for no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    cut = int(WORST * len(ordered))
    low, high = (ordered[cut], ordered[-1]) if maximise else (ordered[0], ordered[-1 - cut])
    return (low, high) if low < high else (ordered[0], ordered[-1])


def value_range(values: Iterable[float], maximise: bool) -> tuple[float, float]:
    """From where to where an axis of values goes: over all, but no further than twice the colours'."""
    known = list(values)
    low, high = colour_range(known, maximise) or (0.0, 1.0)
    room = high - low
    return max(min(known, default=low), low - room), min(max(known, default=high), high + room)
