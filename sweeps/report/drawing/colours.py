"""A colour for each arm: readable for colour-blind people and on light and dark paper (after Okabe and Ito, 2008).

An arm and its decorrelated form are two shades of one hue.
"""

from zlib import crc32

COLOURS = {
    "bp": "#8c959f",
    "dbp": "#009e73",
    "np": "#e69f00",
    "dnp": "#d55e00",
    "inp": "#56b4e9",
    "dinp": "#0072b2",
    "anp": "#cc79a7",
    "danp": "#9a3d86",
    "wp": "#b3a125",
    "dwp": "#7d6f10",
    "fg": "#7f9bd1",
    "dfg": "#5566b8",
}
OTHERS = tuple(COLOURS.values())


def colour_of(label: str) -> str:
    """The same wherever an arm of this name is drawn."""
    return COLOURS.get(label) or OTHERS[crc32(label.encode("utf-8", "replace")) % len(OTHERS)]
