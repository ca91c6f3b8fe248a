"""Compares a run as a tracker holds it with the run as it should be, and says every difference in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from sweeps.difference import Kind
from sweeps.tracking.tracker import Entry, Point, Run

MOST_NAMED = 6
"""Epochs, parameters and files named in one sentence; the others are counted."""
REPORTED = 0
"""The step of figures of the report: an extended sweep has reported before, so that earlier ones are its history."""

SPECIFICATION = "specification"
"""A tag that says what a run was told with: it may be older than an extension of the sweep, and need only be there."""

Points = dict[tuple[str, int], set[tuple[int, str]]]


@dataclass(frozen=True)
class Finding:
    """One difference of a run."""

    kind: Kind
    words: str
    anew: bool = False
    """Whether nothing can be written over it, so that the run must be made anew."""


def compare(expected: Run, found: Run) -> list[Finding]:
    """What differs. What others have added to a run (tags, files, metrics of other names) is theirs."""
    return [
        *_parameters(expected.parameters, found.parameters),
        *_tags(expected.tags, found.tags),
        *_metrics(expected.points, found.points),
        *_state(expected, found),
        *_files(expected, found),
    ]


def written(expected: Run) -> Entry:
    """Everything of a run that is written as parameters, points and tags."""
    return Entry(dict(expected.parameters), list(expected.points), dict(expected.tags))


def _parameters(expected: dict[str, str], found: dict[str, str]) -> Iterable[Finding]:
    missing = [name for name in expected if name not in found]
    if missing:
        yield Finding(Kind.PARAMETERS, f"MLflow lacks the parameters {named(missing)}")
    other = [name for name in expected if found.get(name, expected[name]) != expected[name]]
    if other:
        said = [f"{name}, which is {found[name]} in MLflow and {expected[name]} in the ledger" for name in other]
        yield Finding(Kind.PARAMETERS, f"parameters differ: {named(said, '; ')}", anew=True)


def _tags(expected: dict[str, str], found: dict[str, str]) -> Iterable[Finding]:
    other = [name for name in expected if found.get(name) != expected[name]]
    if SPECIFICATION in found and SPECIFICATION in other:
        other.remove(SPECIFICATION)
    said = [f"{name}, {_short(found.get(name))} in MLflow and {_short(expected[name])} in the ledger" for name in other]
    if "state" in other:
        yield Finding(Kind.STATE, f"its state is {found.get('state')} in MLflow and {expected['state']} in the ledger")
    if said := [words for name, words in zip(other, said, strict=True) if name != "state"]:
        yield Finding(Kind.TAGS, f"tags differ: {named(said, '; ')}")


def _metrics(expected: Iterable[Point], found: Iterable[Point]) -> Iterable[Finding]:
    here, there = _by_step(expected), _by_step(found)
    names = list(dict.fromkeys(name for name, _ in here))
    for name in names:
        steps = [step for own, step in here if own == name]
        lacking = [step for step in steps if not there.get((name, step), set())]
        other = [step for step in steps if step not in lacking and not _agree(step, here, there, name)]
        beyond = [step for own, step in there if own == name and (name, step) not in here]
        if lacking:
            yield Finding(Kind.METRICS, f"MLflow lacks {name} of {_steps(lacking)}")
        if other:
            yield Finding(Kind.METRICS, f"{name} of {_steps(other)} is not what the ledger has", anew=True)
        if beyond:
            yield Finding(Kind.METRICS, f"MLflow has {name} of {_steps(beyond)}, which the ledger has not", anew=True)


def _agree(step: int, here: Points, there: Points, name: str) -> bool:
    expected, found = here[name, step], there[name, step]
    return expected <= found if step == REPORTED else expected == found


def _state(expected: Run, found: Run) -> Iterable[Finding]:
    if found.status is not expected.status:
        yield Finding(Kind.STATE, f"it is {found.status} in MLflow and should be {expected.status}")
    elif _milliseconds(found.ended_at) != _milliseconds(expected.ended_at):
        yield Finding(Kind.STATE, "it ended at another time in MLflow than in the ledger")


def _files(expected: Run, found: Run) -> Iterable[Finding]:
    missing = [path for path in expected.files if path not in found.files]
    if missing:
        yield Finding(Kind.ARTIFACTS, f"MLflow lacks the files {named(missing)}")
    other = [path for path, data in expected.files.items() if found.files.get(path, data) != data]
    if other:
        yield Finding(Kind.ARTIFACTS, f"the files {named(other)} are not what the ledger and the storage give")
    if expected.note != found.note:
        yield Finding(Kind.ARTIFACTS, "its description in MLflow is not the notes and the report")


def _by_step(points: Iterable[Point]) -> Points:
    """Times in milliseconds, as trackers keep them; a NaN as text, since it does not equal itself."""
    found: Points = {}
    for point in points:
        found.setdefault((point.name, point.step), set()).add((round(point.at * 1e3), repr(point.value)))
    return found


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e3)


def _steps(steps: list[int]) -> str:
    if steps == [REPORTED]:
        return "the report"
    return f"epoch{'' if len(steps) == 1 else 's'} {named([str(step) for step in sorted(steps)])}"


def _short(text: str | None) -> str:
    return "nothing" if text is None else text if len(text) <= 60 else f"{text[:57]}…"


def named(parts: list[str], separator: str = ", ") -> str:
    """The first few, and how many more."""
    more = len(parts) - MOST_NAMED
    return separator.join(parts[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
