"""What the API is sent, beside specifications: one class a request."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sweeps.space import Value


class Extension(BaseModel):
    """How much larger a sweep becomes."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    trials: int = Field(ge=2, le=100_000, examples=[40])
    """The new total of trials for each arm, above the budget that it has."""


Count = Annotated[int, Field(ge=1, le=10_000)] | Literal["auto"]


class Size(BaseModel):
    """How many lanes a sweep has, and how many networks each trains at once."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    lanes: Count = Field(examples=[4])
    """Long-lived workers; auto: one a GPU, or one a CPU core."""
    trials_per_lane: Count = "auto"
    """Networks that one lane trains at once; auto: as many as measuring finds useful."""


class Rank(BaseModel):
    """Which sweeps come first."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    priority: int = Field(ge=-100, le=100, examples=[-10])
    """Sweeps of a higher one come first; 0 where nobody says otherwise."""


class Wish(BaseModel):
    """A configuration that a person wants tried."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", allow_inf_nan=False)

    arm: str = Field(examples=["danp"])
    """The arm that tries it, by its name."""
    configuration: dict[str, Value] = Field(
        examples=[{"learning_rate": 3e-3, "noise_scale": 1e-2}], min_length=1, max_length=100
    )
    """Values by path, each inside the arm's searched range; what is left out is suggested."""


Label = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")]
Labels = Annotated[list[Label], Field(max_length=20, examples=[["paper", "figure 3"]])]
Note = Annotated[str, Field(max_length=10_000, examples=["danp with the smaller network"])]


class Remarks(BaseModel):
    """What is to become other about a sweep; what is left out stays."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    labels: Labels = []
    """All labels that it has from now on."""
    note: Note | None = None
    """Null removes it."""
    archived: bool = False
    """Whether lists hide it. Nothing of it is deleted; only a sweep that has ended can be archived."""


class Clone(BaseModel):
    """How a new sweep differs from the one that it is made from."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid")

    changes: dict[str, Any] = Field(
        default={}, examples=[{"budget": {"trials": 40}, "search": {"space": {"noise_scale": {"low": 1e-4}}}}]
    )
    """A JSON merge patch (RFC 7396) of the specification: objects are merged, everything else is replaced, null removes
    what stands there."""
    trial: int | None = Field(default=None, ge=0, le=2**31 - 1, strict=True, examples=[7])
    """Only this trial, by its number: a sweep of its configuration and its seeds, which measures the same again and
    prunes nothing. Changes are made to that."""
    labels: Labels = []
    """Of the new sweep."""
    note: Note | None = None
    """Of the new sweep."""
    priority: int = Field(default=0, ge=-100, le=100, strict=True)
    """Of the new sweep; only an operator gives one above 0."""


class ReconciliationRequest(BaseModel):
    """What is to be done with what is found."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid", strict=True)

    mend: bool = False
    """Whether MLflow and the storage are put right from the ledger; else they are only compared with it."""
