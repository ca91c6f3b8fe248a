"""A new sweep from an earlier one: what is posted is its specification with changes."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from service.answers.specifications import spec_in
from sweeps.alone import alone
from sweeps.cloning import cloned
from sweeps.ledger.records import SweepRecord, TrialRecord
from sweeps.spec import SweepSpec


def cloned_spec(sweep: SweepRecord, changes: Mapping[str, Any], trial: TrialRecord | None = None) -> SweepSpec:
    """Of the sweep, or of one trial of it alone. Raises InvalidSpecification, with findings in the changed
    specification, where that cannot run."""
    try:
        document = cloned(sweep.spec if trial is None else alone(sweep.spec, trial), changes)
    except ValueError as error:
        found = {"type": "value_error", "loc": ("body", "changes"), "msg": str(error), "ctx": {"error": error}}
        raise RequestValidationError([found | {"input": "…"}], body={}) from error
    return spec_in(document)
