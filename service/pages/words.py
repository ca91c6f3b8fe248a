"""Times, durations and numbers as people read them."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from service.answers.describe import utc
from sweeps.report.rounding import configured

NOTHING = "–"


def moment(at: datetime | float | None, style: str = "ago") -> Markup:
    """A `<time>` in UTC that times.js turns into the reader's zone; `style`: `ago`, `date` or `full`."""
    if at is None:
        return escape(NOTHING)
    when = at if isinstance(at, datetime) else utc(at)
    shown = f"{when:%Y-%m-%d}" if style == "date" else f"{when:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}" data-style="{}">{}</time>').format(when.isoformat(), style, shown)


def duration(seconds: float | None) -> str:
    """For example 48 s, 3.4 min, 2.1 h, 5.2 d."""
    if seconds is None:
        return NOTHING
    for limit, unit, name in ((60.0, 1.0, "s"), (3600.0, 60.0, "min"), (2 * 86400.0, 3600.0, "h")):
        if seconds < limit:
            return f"{seconds / unit:.2g} {name}" if seconds / unit < 10 else f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86400:.0f} d"


def number(value: float | None) -> str:
    """Four significant digits; a count with its thousands apart."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def plural(count: int, one: str, several: str = "") -> str:
    """For example 1 trial, 12 trials."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def sentence(text: str) -> str:
    """What the API says, as a page says it."""
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", "…")) else f"{begun}."


def as_json(value: object) -> str:
    """As it would be written in a specification."""
    return json.dumps(value, ensure_ascii=False)


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "duration": duration,
    "number": number,
    "plural": plural,
    "sentence": sentence,
    "setting": configured,
    "as_json": as_json,
}
