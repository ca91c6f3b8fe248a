"""A new sweep from an earlier one: what is posted is its specification with changes."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from service.specifications import spec_in
from sweeps.cloning import cloned
from sweeps.ledger.records import SweepRecord
from sweeps.spec import SweepSpec


def cloned_spec(sweep: SweepRecord, changes: Mapping[str, Any]) -> SweepSpec:
    """Raises InvalidSpecification, with findings in the changed specification, where that cannot run."""
    try:
        document = cloned(sweep.spec, changes)
    except ValueError as error:
        found = {"type": "value_error", "loc": ("body", "changes"), "msg": str(error), "ctx": {"error": error}}
        raise RequestValidationError([found | {"input": "…"}], body={}) from error
    return spec_in(document)
