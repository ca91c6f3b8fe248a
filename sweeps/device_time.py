"""Device seconds as they are booked: in parts of a second that add up exactly."""

PARTS_OF_A_SECOND = 2**20
"""Sums of such parts are exact in any order, in Python and in every database, up to 2^33 s, or 272 years: so a trial's,
an arm's, a sweep's and a team's device seconds are exactly the sums of their networks'."""


def booked(seconds: float) -> float:
    """The nearest whole number of parts, about a millionth of a second each."""
    return round(seconds * PARTS_OF_A_SECOND) / PARTS_OF_A_SECOND
