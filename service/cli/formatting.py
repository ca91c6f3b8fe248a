"""Numbers and times as people read them."""

from datetime import UTC, datetime


def duration(seconds: float | None) -> str:
    """1.4 s, 3 min 20 s, 2 h 5 min; a dash where unknown."""
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def number(value: float | None) -> str:
    """Four significant digits; a dash where there is none."""
    return "-" if value is None else f"{value:.4g}"


def ago(moment: datetime) -> str:
    return f"{duration((datetime.now(UTC) - moment).total_seconds())} ago"


def took(started: datetime | None, finished: datetime | None) -> str:
    """How long something took, or has been going on."""
    if started is None:
        return "-"
    return duration(((finished or datetime.now(UTC)) - started).total_seconds())
