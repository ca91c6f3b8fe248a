"""Tracker: where runs, their figures and their files are told to. MLflow is one, memory another."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class TrackingError(Exception):
    """The base of what can go wrong at a tracker."""


class Unreachable(TrackingError):
    """No answer, or a failure of its own: the call may or may not have been carried out. Repeat it later."""


class Refused(TrackingError):
    """The tracker understood and will not do it, now or later: a run that is gone, a value that may not change."""


class RunStatus(StrEnum):
    """How a run stands, in the words of MLflow."""

    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass(frozen=True)
class NewRun:
    """A run to create. `group` and `key` identify it for ever: a run is created once for the two."""

    group: str
    """All runs of one sweep have the same."""
    key: str
    """Which of them it is."""
    name: str
    user: str
    started_at: float
    """Seconds since 1970."""
    parent: str | None = None
    """The id of the run it belongs under."""


@dataclass(frozen=True)
class Point:
    """One value of one metric. It may be NaN or infinite. A point is itself: told twice it is there once."""

    name: str
    value: float
    step: int
    at: float
    """Seconds since 1970; trackers keep milliseconds."""


@dataclass
class Entry:
    """What is to be written into one run."""

    parameters: dict[str, str] = field(default_factory=dict)
    """Each is written once and never changed."""
    points: list[Point] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    """The newest value stands."""

    def add(self, other: "Entry") -> None:
        self.parameters |= other.parameters
        self.points += other.points
        self.tags |= other.tags


@dataclass(frozen=True)
class Run:
    """A run as the tracker holds it."""

    name: str
    user: str
    parent: str | None
    status: RunStatus
    started_at: float
    ended_at: float | None
    parameters: dict[str, str]
    tags: dict[str, str]
    points: list[Point]
    """By name, then by step and time."""
    note: str
    files: dict[str, bytes]
    """By path."""


class Tracker(Protocol):
    """Every method may be repeated: what is there already stays as it is. All raise Unreachable and Refused."""

    def open_experiment(self, name: str) -> str:
        """The id of the experiment of this name; it is made where there is none, and restored where it was deleted."""

    def find_runs(self, experiment: str, group: str) -> dict[str, list[str]]:
        """The ids of a group's runs by key. More than one under a key means that an answer to `create_run` was lost."""

    def create_run(self, experiment: str, run: NewRun) -> str:
        """Makes a run and returns its id. Not repeatable by itself: look with `find_runs` first where unsure."""

    def place_under(self, run: str, parent: str) -> None:
        """Puts a run under another one than it was made under."""

    def remove_run(self, run: str) -> None:
        """Removes a run that should not be there."""

    def write(self, run: str, entry: Entry) -> None:
        """Writes any number of parameters, points and tags, in as many calls as that takes."""

    def note(self, run: str, text: str) -> None:
        """Sets the text, in Markdown, that a reader of the run sees first."""

    def attach(self, run: str, path: str, data: bytes) -> None:
        """Puts a file into the run, in the place of one at the same path."""

    def end(self, run: str, status: RunStatus, at: float) -> None:
        """Says how and when the run ended; points may still be written."""

    def read(self, run: str) -> Run:
        """Everything that the tracker holds of a run."""
