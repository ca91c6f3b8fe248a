"""Checks for settings: every refusal names the field, the value, the rule it breaks and what to write instead."""

from __future__ import annotations

import math


def require(holds: bool, field: str, value: object, rule: str, remedy: str) -> None:
    """Raise ValueError unless `holds`; the message is `field = value: rule; remedy`."""
    if not holds:
        raise ValueError(f"{field} = {value!r}: {rule}; {remedy}")


def is_number(value: object) -> bool:
    """True for a finite int or float; False for bool, NaN, infinities and everything else."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_count(value: object, least: int = 1) -> bool:
    """True for an int (not a bool) that is at least `least`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def require_count(field: str, value: object, least: int = 1) -> None:
    """A whole number ≥ `least`."""
    require(is_count(value, least), field, value, f"must be a whole number of at least {least}", f"try {least}")


def require_fraction(field: str, value: object) -> None:
    """A number in (0, 1]."""
    holds = is_number(value) and 0 < float(str(value)) <= 1
    require(holds, field, value, "must be a number above 0 and at most 1", "1.0 means all of it")


def require_one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    """One of the names in `allowed`."""
    require(value in allowed, field, value, "is not a known name", f"choose one of {', '.join(allowed)}")
