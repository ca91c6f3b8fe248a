"""What routes are given: the ledger, the caller, and a sweep of the caller's team.

What waits for nothing is async: to run it in a thread would cost more than it does.
"""

from typing import Annotated, NamedTuple

from fastapi import Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.control.cluster import Cluster
from service.control.sharing import Sharing
from service.permissions import check_operator, check_role
from service.problems.refusals import NotAllowed, NotText
from service.reading import read
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger.records import Caller, InheritedTrial, SweepRecord
from sweeps.roles import Role
from sweeps.spec import SweepSpec
from sweeps.warm_start import NothingToInherit, inherit

BIGGEST = 2**63 - 1
"""What a database's long integer holds: the ids of events."""
BIGGEST_ID = 2**31 - 1
"""What PostgreSQL's integer holds: all other ids."""

bearer = HTTPBearer(auto_error=False, description="An API token; `npsweep up` prints the first one.")

SweepId = Annotated[int, Path(ge=1, le=BIGGEST_ID, description="The sweep's id.", examples=[12])]
TrialNumber = Annotated[int, Path(ge=0, le=BIGGEST_ID, description="The trial's number in its sweep.", examples=[7])]
Priority = Annotated[
    int,
    Query(ge=-100, le=100, description="Sweeps of a higher priority come first; only an operator gives one above 0."),
]


async def the_ledger(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


async def the_cluster(request: Request) -> Cluster:
    cluster: Cluster = request.app.state.cluster
    return cluster


async def the_settings(request: Request) -> ServiceSettings:
    settings: ServiceSettings = request.app.state.settings
    return settings


async def the_sharing(request: Request) -> Sharing:
    sharing: Sharing = request.app.state.sharing
    return sharing


TheLedger = Annotated[Ledger, Depends(the_ledger)]
TheCluster = Annotated[Cluster, Depends(the_cluster)]
TheSettings = Annotated[ServiceSettings, Depends(the_settings)]
TheSharing = Annotated[Sharing, Depends(the_sharing)]


async def known_caller(
    request: Request, _credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """Whoever the bearer token belongs to: the door has let nobody else in."""
    caller: Caller = request.state.caller
    return caller


KnownCaller = Annotated[Caller, Depends(known_caller)]


async def writing_caller(caller: KnownCaller) -> Caller:
    """A caller who may change things. Raises NotAllowed."""
    check_role(caller, Role.MEMBER)
    return caller


async def admin_caller(caller: KnownCaller) -> Caller:
    """A caller who looks after the team. Raises NotAllowed."""
    check_role(caller, Role.ADMIN)
    return caller


async def operator_caller(caller: KnownCaller) -> Caller:
    """A caller who looks after all teams. Raises NotAllowed."""
    check_operator(caller)
    return caller


WritingCaller = Annotated[Caller, Depends(writing_caller)]
AdminCaller = Annotated[Caller, Depends(admin_caller)]
OperatorCaller = Annotated[Caller, Depends(operator_caller)]


def check_priority(caller: Caller, priority: int) -> None:
    """Raises NotAllowed where the caller may not give a sweep this priority."""
    if priority > 0 and not caller.is_operator:
        raise NotAllowed("only an operator gives a sweep a priority above 0, since it passes those of other teams")


async def existing_sweep(sweep_id: SweepId, caller: KnownCaller, ledger: TheLedger) -> SweepRecord:
    """The sweep, of the caller's team. Raises NoSuchSweep for any other."""
    return await read(ledger, ledger.sweeps.get, sweep_id, caller.team_id)


ExistingSweep = Annotated[SweepRecord, Depends(existing_sweep)]


def storable_spec(spec: SweepSpec) -> SweepSpec:
    """The specification, if every database can hold its text. Raises NotText."""
    try:
        text = spec.model_dump_json()
    except ValueError as error:
        raise NotText("the specification holds half of a surrogate pair; send text as valid Unicode") from error
    if "\\u0000" in text:
        raise NotText("the specification holds a NUL character; leave it out")
    return spec


PostedSpec = Annotated[SweepSpec, Depends(storable_spec)]


class Posted(NamedTuple):
    """A sweep that can be run."""

    spec: SweepSpec
    inherited: list[InheritedTrial]
    """What its samplers begin with."""


def posted_sweep(spec: PostedSpec, caller: KnownCaller, ledger: TheLedger, sharing: TheSharing) -> Posted:
    """What was posted. Raises RequestValidationError where its samplers cannot begin as it says, QuotaUsedUp where it
    asks for more lanes than its team may have."""
    sharing.check_quota(caller.team_id, None if spec.lanes == "auto" else spec.lanes)
    try:
        return Posted(spec, inherit(ledger, caller.team_id, spec))
    except NothingToInherit as error:
        found: dict[str, object] = {"type": "value_error", "loc": ("body", "search", "warm_start"), "msg": str(error)}
        found |= {"ctx": {"error": error}, "input": list(spec.search.warm_start)}
        raise RequestValidationError([found], body=spec.model_dump(mode="json")) from error


PostedSweep = Annotated[Posted, Depends(posted_sweep)]
