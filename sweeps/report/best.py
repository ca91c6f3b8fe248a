"""Which arm is best on the test split, and from which others the seeds do not tell it apart.

One definition for the table, the page, the figures and the comparison of sweeps.
"""

from collections.abc import Iterable, Sequence

from sweeps.report.models import Difference
from sweeps.report.rounding import with_spread
from sweeps.report.statistics import Summary

Named = tuple[str, Summary | None]
"""An arm and its test metric over the confirmation seeds; null where it has none."""


def best_mean(arms: Iterable[Named], maximise: bool) -> str | None:
    """The name of the arm with the best mean, ties to the first; None where none is measured."""
    sign = 1.0 if maximise else -1.0
    means = {name: sign * test.mean for name, test in arms if test}
    return max(means, key=lambda name: means[name], default=None)


def not_told_apart(differences: Iterable[Difference]) -> list[Difference]:
    """Without a p-value, where an arm has one seed, nothing was tested."""
    tested = [pair for pair in differences if pair.comparison.p_value is not None]
    return [pair for pair in tested if not pair.comparison.supported]


def partners(name: str | None, differences: Iterable[Difference]) -> set[str]:
    """The other arms of this one's pairs."""
    pairs = [{pair.first, pair.second} for pair in differences]
    return {other for pair in pairs if name in pair for other in pair - {name}}


def best_in_words(arms: Sequence[Named], maximise: bool, differences: Sequence[Difference], drawn: str = "") -> str:
    """Who is best, as far as the seeds support it. `drawn`: what the arms are called where they are not all."""
    known = {name: test for name, test in arms if test}
    best = best_mean(arms, maximise)
    if best is None:
        return ""
    value = f"{with_spread(known[best].mean, known[best].std)} on the test split"
    others = [name for name in known if name != best]
    if not others:
        return f"{best}: {value}."
    close = [name for name in others if name in partners(best, not_told_apart(differences))]
    untested = [name for name in others if name in partners(best, _untested(differences))]
    if not close and not untested:
        return f"{best} is best{drawn}: {value}."
    said = f"{best} has the best mean{drawn}: {value}"
    if untested:
        return f"{said}, but one seed tells no arms apart."
    return f"{said}, but the seeds do not tell it apart from {', '.join(close)}."


def _untested(differences: Iterable[Difference]) -> list[Difference]:
    return [pair for pair in differences if pair.comparison.p_value is None]
