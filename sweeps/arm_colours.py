"""How an arm looks: the same in every plot, table and page.

Colour never stands alone, since some people do not see it: symbol and dash tell arms apart, too. The first four colours
are Okabe and Ito's (2008), the others chosen so that any two of the eight stay apart (≥ 0.05 in OKLab) under simulated
protanopia, deuteranopia and tritanopia (Machado et al. 2009). Each has a contrast of at least 3:1 on white and on the
dark page: one set serves both.
"""

from dataclasses import dataclass

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#C470A0", "#9D6BFE", "#7A6A55", "#C03A3A", "#2F9BE0")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "pentagon", "triangle-down", "hexagram", "star-diamond")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Plotly's names; matplotlib's are `-`, `--`, `:`, `-.`."""


@dataclass(frozen=True)
class ArmStyle:
    """What marks one arm."""

    colour: str
    symbol: str
    dash: str


def arm_style(arm: int) -> ArmStyle:
    """`arm`: its place in `compare`. From the ninth arm on colours come again, with other symbols and dashes."""
    turn, place = divmod(arm, len(COLOURS))
    return ArmStyle(
        COLOURS[place], SYMBOLS[(place + 3 * turn) % len(SYMBOLS)], DASHES[(place % 2 + turn) % len(DASHES)]
    )
