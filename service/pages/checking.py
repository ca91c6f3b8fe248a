"""What is said of a specification while it is written: the API's findings with their lines, or the plan."""

from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from service.answers.specifications import spec_in, specification_schema
from service.control.cluster import Cluster
from service.control.planning import plan_here
from service.control.sharing import Sharing
from service.dependencies import Posted, posted_sweep, storable_spec
from service.problems.details import Finding, shown
from service.problems.findings import findings
from service.problems.refusals import NotText
from sweeps.ledger import Ledger
from sweeps.ledger.errors import QuotaUsedUp
from sweeps.ledger.records import Caller
from sweeps.planning.models import Plan
from sweeps.yaml_places import NotYaml, PlacedYaml

WHOLE = "specification"


class PlacedFinding(BaseModel):
    """A finding, and the line of the text that it is about; 0 where it is about none."""

    field: str
    value: object = None
    rule: str
    remedy: str
    line: int


@dataclass(frozen=True)
class Desk:
    """Where a specification is laid: whose it is, and what it is checked against."""

    caller: Caller
    ledger: Ledger
    sharing: Sharing
    cluster: Cluster


class Unfit(Exception):
    """The text cannot be posted as it is."""

    def __init__(self, findings: list[PlacedFinding]) -> None:
        super().__init__(findings[0].rule)
        self.findings = findings


def readied(text: str, desk: Desk) -> Posted:
    """What would be posted. Raises Unfit."""
    try:
        placed = PlacedYaml(text)
    except NotYaml as error:
        raise Unfit([_of_whole(str(error), "correct it there", error.line)]) from error
    if placed.document is None:
        raise Unfit([_of_whole("is empty", "write one, or begin with an example", 0)])
    try:
        return posted_sweep(storable_spec(spec_in(placed.document)), desk.caller, desk.ledger, desk.sharing)
    except RequestValidationError as error:
        found = findings(error.errors(), error.body, specification_schema())
        raise Unfit(sorted((_placed(one, placed) for one in found), key=lambda one: one.line)) from error
    except (NotText, QuotaUsedUp) as error:
        rule, _, remedy = str(error).partition("; ")
        raise Unfit([_of_whole(rule, remedy, 0)]) from error


def planned(posted: Posted, desk: Desk) -> Plan:
    return plan_here(posted.spec, desk.ledger, desk.cluster)


def _placed(finding: Finding, placed: PlacedYaml) -> PlacedFinding:
    field = WHOLE if finding.field == "body" else finding.field
    return PlacedFinding(**finding.model_dump() | {"field": field}, line=placed.line(finding.field))


def _of_whole(rule: str, remedy: str, line: int) -> PlacedFinding:
    return PlacedFinding(field=WHOLE, rule=str(shown(rule)), remedy=remedy, line=line)
