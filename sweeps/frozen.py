"""The base of every description that comes from a person: frozen, finite, and refusing unknown fields."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value parsed from JSON or YAML; an unknown field or a NaN is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)
