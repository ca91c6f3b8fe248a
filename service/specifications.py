"""Specifications as documents: their schema, and one that did not come as a request's body, refused as one that did."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from service.refusals import InvalidSpecification
from sweeps.spec import SweepSpec


def spec_in(document: object) -> SweepSpec:
    """Raises InvalidSpecification, with findings in the document, where it cannot run."""
    try:
        return SweepSpec.model_validate(document)
    except ValidationError as error:
        in_body = [one | {"loc": ("body", *one["loc"])} for one in error.errors()]
        raise InvalidSpecification(in_body, body=document) from error


@cache
def specification_schema() -> Mapping[str, Any]:
    """It helps to put a misspelt field right."""
    return SweepSpec.model_json_schema()
