"""Numbers and times as people read them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.answers.views import SweepSummary


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


def run_time(sweep: "SweepSummary") -> str:
    """How long a sweep ran, up to now where it runs; a dash where it never did."""
    if sweep.started_at is None:
        return "-"
    running = 0.0 if sweep.running_since is None else (datetime.now(UTC) - sweep.running_since).total_seconds()
    return duration(sweep.run_seconds + running)
