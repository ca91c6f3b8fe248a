"""Specifications as documents: their schema, and one that did not come as a request's body, refused as one that did."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml
from pydantic import ValidationError

from service.problems.refusals import InvalidSpecification
from sweeps.alone import alone
from sweeps.cloning import unresolved
from sweeps.ledger.records import SweepRecord, TrialRecord
from sweeps.spec import SweepSpec


def spec_in(document: object) -> SweepSpec:
    """Raises InvalidSpecification, with findings in the document, where it cannot run."""
    try:
        return SweepSpec.model_validate(document)
    except ValidationError as error:
        in_body = [one | {"loc": ("body", *one["loc"])} for one in error.errors()]
        raise InvalidSpecification(in_body, body=document) from error


def written(sweep: SweepRecord) -> str:
    """A sweep's specification as a person would have written it: YAML, without what every arm gets by itself."""
    return _yaml(unresolved(sweep.spec))


def written_alone(sweep: SweepRecord, trial: TrialRecord) -> str:
    """A sweep that is one trial of this one alone, likewise."""
    return _yaml(alone(sweep.spec, trial))


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=110)


@cache
def specification_schema() -> Mapping[str, Any]:
    """It helps to put a misspelt field right."""
    return SweepSpec.model_json_schema()
