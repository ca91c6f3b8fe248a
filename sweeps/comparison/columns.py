"""A comparison as text, cell by cell, and the notes that belong under it: the same for terminal, Markdown and page."""

import json

from sweeps.comparison.models import ComparedArm, Comparison
from sweeps.report.columns import Column, one_line
from sweeps.report.models import Difference
from sweeps.report.rounding import NOTHING, configured, difference, duration, interval, settings, with_spread

MOST_PAIRS = 12
LONGEST_VALUE = 40
SAME = "The specifications are the same."


def heading(comparison: Comparison) -> list[str]:
    """What is compared, a line a sweep."""
    return [
        f"sweep {sweep.sweep_id}: {sweep.name}, {sweep.state}; {sweep.data}, {sweep.budget} trials an arm, "
        f"by {sweep.test_metric}"
        for sweep in comparison.sweeps
    ]


def arm_columns(comparison: Comparison) -> list[Column]:
    """The table, one cell an arm."""
    arms = [arm.report for arm in comparison.arms]
    return [
        Column("sweep:arm", [one_line(arm.name) for arm in comparison.arms], is_text=True),
        Column("best\ntrial", [NOTHING if arm.best_trial is None else str(arm.best_trial) for arm in arms]),
        Column("validation", [with_spread(arm.validation, arm.spread) for arm in arms]),
        Column(
            "test (n)",
            [f"{with_spread(arm.test.mean, arm.test.std)} ({arm.test.n})" if arm.test else NOTHING for arm in arms],
        ),
        Column("95 % interval\nof its mean", [interval(arm.test) for arm in arms]),
        Column("trials\nended", [_ended(arm) for arm in comparison.arms]),
        Column("device\ntime", [duration(arm.device_seconds) for arm in arms]),
    ]


def _ended(arm: ComparedArm) -> str:
    return str(sum(count for state, count in arm.report.trials.items() if state.is_final))


def configurations(comparison: Comparison) -> list[str]:
    """The best configurations, a line an arm."""
    return [f"{arm.name}: {settings(best)}" for arm in comparison.arms if (best := arm.report.best_configuration)]


def across(comparison: Comparison) -> list[Difference]:
    """The pairs of arms of different sweeps; the pairs inside one are in its report."""
    return [pair for pair in comparison.differences if pair.first.split(":")[0] != pair.second.split(":")[0]]


def pair_columns(pairs: list[Difference]) -> list[Column]:
    """Pairs of arms as a table, one cell a pair."""
    tests = [pair.comparison for pair in pairs]
    return [
        Column("larger mean", [one_line(pair.first) for pair in pairs], is_text=True),
        Column("smaller mean", [one_line(pair.second) for pair in pairs], is_text=True),
        Column("difference", [difference(test.difference) for test in tests]),
        Column("95 % interval", [f"{difference(test.low)} to {difference(test.high)}" for test in tests]),
        Column("p", [NOTHING if test.p_value is None else f"{test.p_value:.2g}" for test in tests]),
        Column("the seeds", ["support it" if test.supported else "do not" for test in tests], is_text=True),
    ]


def notes(comparison: Comparison) -> list[str]:
    """Which pairs of different sweeps the seeds tell apart, and what a reader must know before believing it."""
    pairs = across(comparison)
    return [
        *_pairs("The seeds support a difference between", [pair for pair in pairs if pair.comparison.supported]),
        *_pairs("They support none between", [pair for pair in pairs if not pair.comparison.supported]),
        *warnings(comparison),
    ]


def warnings(comparison: Comparison) -> list[str]:
    """What a reader must know before believing which arm is better."""
    lines = []
    if len({(sweep.test_metric, sweep.data) for sweep in comparison.sweeps}) > 1:
        lines.append("Sweeps on other data, or measured by another metric, are not compared.")
    lines += [
        f"Sweep {sweep.sweep_id} is {sweep.state}: its figures are provisional."
        for sweep in comparison.sweeps
        if not sweep.finished
    ]
    if comparison.untested:
        lines.append(
            f"Only pairs of the best arms were tested, {comparison.untested:,} more were not: name fewer sweeps."
        )
    chance = "Welch's test, 5 %, each pair by itself: of many pairs some seem to differ by chance."
    return [*lines, chance] if across(comparison) else lines


def _pairs(words: str, found: list[Difference]) -> list[str]:
    if not found:
        return []
    more = f"; and {len(found) - MOST_PAIRS} pairs more" if len(found) > MOST_PAIRS else ""
    return [f"{words} {'; '.join(_pair(pair) for pair in found[:MOST_PAIRS])}{more}."]


def _pair(pair: Difference) -> str:
    found = pair.comparison
    tested = "one seed" if found.p_value is None else f"p {found.p_value:.2g}"
    return f"{pair.first} and {pair.second} ({difference(found.difference)}, {tested})"


def specification_columns(comparison: Comparison) -> list[Column]:
    """Where the specifications differ, one cell a path."""
    rows = comparison.specification
    return [
        Column("in the specification", [row.path for row in rows], is_text=True),
        *(
            Column(f"sweep {sweep.sweep_id}", [_value(row.values, sweep.sweep_id) for row in rows], is_text=True)
            for sweep in comparison.sweeps
        ),
    ]


def _value(values: dict[int, object], sweep_id: int) -> str:
    if sweep_id not in values:
        return NOTHING
    value = values[sweep_id]
    text = configured(value) if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
