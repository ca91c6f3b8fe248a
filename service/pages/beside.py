"""What is posted beside a specification: labels, a note, a priority."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from service.answers.bodies import Labels, Note, Rank
from service.dependencies import check_priority
from service.pages.checking import PlacedFinding, Unfit
from service.pages.forms import labels_in, whole
from service.problems.findings import findings
from service.problems.refusals import NotAllowed
from sweeps.ledger.records import Caller


class Beside(BaseModel):
    """As it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    labels: Labels
    note: Note | None
    rank: Rank


def beside(form: Mapping[str, str], caller: Caller) -> Beside:
    """What was left empty is none. Raises Unfit."""
    rank = {"priority": whole(form.get("priority")) or 0}
    sent: dict[str, Any] = {"labels": labels_in(form.get("labels")), "note": form.get("note", "").strip() or None}
    try:
        found = Beside(**sent, rank=Rank.model_validate(rank))
        check_priority(caller, found.rank.priority)
    except ValidationError as error:
        located = [one | {"loc": ("body", *one["loc"])} for one in error.errors()]
        told = findings(located, sent | rank, None)
        raise Unfit([PlacedFinding(**one.model_dump(), line=0) for one in told]) from error
    except NotAllowed as error:
        remedy = "write 0 or less, or ask an operator"
        raise Unfit([PlacedFinding(field="priority", rule=str(error), remedy=remedy, line=0)]) from error
    return found
