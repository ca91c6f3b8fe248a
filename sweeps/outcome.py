"""How an attempt of a sweep can end."""

from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    STOPPED = "stopped"
    PAUSED = "paused"
    ABORTED = "aborted"
    FENCED_OUT = "fenced out"
