"""What a specification can name."""

from fastapi import APIRouter

from service.answers import catalogue
from service.answers.views import Named, RuleView
from service.dependencies import KnownCaller
from service.routes.refusals import refusals

router = APIRouter(tags=["catalogue"])


@router.get("/rules", responses=refusals(401))
def list_rules(_caller: KnownCaller) -> list[RuleView]:
    """The learning rules, with their options."""
    return catalogue.rules()


@router.get("/datasets", responses=refusals(401))
def list_data_sets(_caller: KnownCaller) -> list[Named]:
    """The data sets, with their options."""
    return catalogue.data_sets()
