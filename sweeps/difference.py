"""What a reconciliation finds: a difference between the ledger, which is the record, and what was made from it."""

from enum import StrEnum

from pydantic import Field

from sweeps.frozen import Frozen


class Kind(StrEnum):
    """What is different."""

    OUTBOX = "outbox unfinished"
    RUN_MISSING = "run missing"
    RUN_TWICE = "run twice"
    RUN_UNKNOWN = "run unknown"
    RUN_MISTAKEN = "run mistaken"
    PARENT = "parent differs"
    METRICS = "metrics differ"
    PARAMETERS = "parameters differ"
    TAGS = "tags differ"
    STATE = "state differs"
    ARTIFACTS = "artifacts differ"
    CHECKPOINT_LEFT = "checkpoint left"
    CHECKPOINT_MISSING = "checkpoint missing"
    NETWORK_MISSING = "network missing"
    TRIALS = "trials differ"
    ACCOUNT = "account differs"


class Difference(Frozen):
    """One difference, in words that say what is where."""

    kind: Kind
    about: str = Field(examples=["trial 3 (danp)"])
    """The sweep, trial, confirmation or network that it is about."""
    words: str = Field(examples=["MLflow lacks validation_accuracy of epochs 2 and 3"])
    """What is different, and what can be done where `--mend` cannot."""
    can_be_mended: bool = True
    """Whether the ledger, or what is left elsewhere, holds what is missing."""
    mended: bool = False
    """Whether it was put right."""
