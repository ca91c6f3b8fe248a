"""Arms can be told apart by whoever looks, on paper and on a dark page."""

from itertools import combinations

import pytest

from sweeps.arm_colours import COLOURS, arm_style
from sweeps.spec import MAX_ARMS

WHITE, DARK = "#ffffff", "#0d1117"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", [WHITE, DARK])
def test_every_colour_stands_out_from_the_page(ground: str) -> None:
    assert all(contrast(colour, ground) >= 3.0 for colour in COLOURS)


def test_no_two_arms_of_the_largest_sweep_look_the_same() -> None:
    styles = [arm_style(arm) for arm in range(MAX_ARMS)]
    assert not any(one == other for one, other in combinations(styles, 2))
