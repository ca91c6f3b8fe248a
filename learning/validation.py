"""Checks for settings: every refusal names the field, the value, the rule it breaks and what to write instead."""

from __future__ import annotations

import math
from numbers import Integral, Real


def require(holds: bool, field: str, value: object, rule: str, remedy: str) -> None:
    """Raise ValueError unless `holds`; the message is `field = value: rule; remedy`."""
    if not holds:
        raise ValueError(f"{field} = {value!r}: {rule}; {remedy}")


def is_number(value: object) -> bool:
    """True for a finite real number, NumPy's too; False for bool, NaN, infinities and everything else."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_count(value: object, least: int = 1) -> bool:
    """True for a whole number, NumPy's too, that is at least `least`; False for bool."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def set_numbers(settings: object, kind: type[int] | type[float], *names: str) -> None:
    """Make these fields of a frozen settings object plain numbers, so that equal settings are equal as text too."""
    for name in names:
        object.__setattr__(settings, name, kind(getattr(settings, name)))


def require_count(field: str, value: object, least: int = 1) -> None:
    """A whole number ≥ `least`."""
    require(is_count(value, least), field, value, f"must be a whole number of at least {least}", f"try {least}")


def require_fraction(field: str, value: object) -> None:
    """A number in (0, 1]."""
    holds = is_number(value) and 0 < float(str(value)) <= 1
    require(holds, field, value, "must be a number above 0 and at most 1", "choose one there")


def require_one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    """One of the names in `allowed`."""
    require(value in allowed, field, value, "is not a known name", f"choose one of {', '.join(allowed)}")


def require_kind(field: str, value: object, kinds: tuple[type, ...], remedy: str) -> None:
    """An object of one of these classes."""
    names = " or ".join(kind.__name__ for kind in kinds)
    require(isinstance(value, kinds), field, value, f"must be an object of class {names}", remedy)


def counts(field: str, values: object) -> tuple[int, ...]:
    """A tuple or list of whole numbers ≥ 1, as a tuple. ValueError for anything else."""
    shown = list(values) if isinstance(values, tuple | list) else values
    holds = isinstance(shown, list) and all(is_count(value) for value in shown)
    require(holds, field, shown, "must be a list of whole numbers of at least 1", "write for example [64, 64]")
    assert isinstance(shown, list)
    return tuple(int(value) for value in shown)
