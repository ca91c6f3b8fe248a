"""One figure as a file, or as a part of a page."""

import re

from sweeps.report.drawing.kept import Kept, key_of
from sweeps.report.drawing.measured import Measured
from sweeps.report.drawing.names import TITLES, FigureFormat, FigureName

_kept = Kept()


def draw(measured: Measured, name: FigureName, format: FigureFormat = "svg") -> bytes | None:
    """The figure, the same bytes whenever the same was measured; None where there is nothing to show yet.

    The latest are kept: a page is looked at more than once, and a figure takes up to a second.
    """
    key = key_of(measured, name, format)
    drawing = _kept.get(key) or drawn(measured, name, format)
    if drawing is not None:
        _kept.put(key, drawing)
    return drawing


def drawn(measured: Measured, name: FigureName, format: FigureFormat) -> bytes | None:
    """The same, made anew."""
    from sweeps.report.drawing.plots import PLOTS
    from sweeps.report.drawing.style import saved

    return saved(lambda: PLOTS[name](measured), format, f"{measured.sweep_id}-{name}")


def inline(measured: Measured, name: FigureName) -> str | None:
    """The figure as an element of an HTML page, in the colours of the text around it."""
    from sweeps.report.drawing.style import EVERYTHING, THEMED

    drawing = draw(measured, name)
    if drawing is None:
        return None
    text = drawing.decode()
    text = text[text.index("<svg") :]
    text = re.sub(EVERYTHING, "", text, flags=re.DOTALL)
    for colour, themed in THEMED.items():
        text = text.replace(colour, themed)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)  # ids are unique in a page, not in a file
    return text.replace("<svg", f'<svg role="img" aria-label="{TITLES[name]}"', 1)
