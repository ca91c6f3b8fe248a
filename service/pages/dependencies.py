"""What the pages' routes are given: who is signed in, and a sweep of their team."""

from typing import Annotated

from fastapi import Depends, Request

from service.dependencies import SweepId, TheLedger
from service.layers.door import LET_IN, note_use
from service.permissions import check_operator, check_role
from service.reading import read
from service.sessions import secret_of
from sweeps.ledger import Ledger
from sweeps.ledger.records import Caller, SweepRecord
from sweeps.roles import Role


class SignedOut(Exception):
    """Nobody is signed in, or not any more."""


async def signed_in(request: Request, ledger: Ledger) -> Caller | None:
    """Whoever the session belongs to; from now on the log, the audit log and the page know them too."""
    secret = secret_of(request)
    caller = await read(ledger, ledger.sessions.caller, secret) if secret else None
    if caller is not None:
        await note_use(ledger, caller)
        setattr(request.state, LET_IN, caller)
    return caller


async def page_caller(request: Request, ledger: TheLedger) -> Caller:
    """Raises SignedOut."""
    caller = await signed_in(request, ledger)
    if caller is None:
        raise SignedOut
    return caller


PageCaller = Annotated[Caller, Depends(page_caller)]


async def writing_page_caller(caller: PageCaller) -> Caller:
    """Who may change things. Raises NotAllowed."""
    check_role(caller, Role.MEMBER)
    return caller


async def admin_page_caller(caller: PageCaller) -> Caller:
    """Who looks after the team. Raises NotAllowed."""
    check_role(caller, Role.ADMIN)
    return caller


async def operator_page_caller(caller: PageCaller) -> Caller:
    """Who looks after all teams. Raises NotAllowed."""
    check_operator(caller)
    return caller


async def page_sweep(caller: PageCaller, ledger: TheLedger, sweep_id: SweepId) -> SweepRecord:
    """The sweep, of the caller's team. Raises NoSuchSweep for any other."""
    return await read(ledger, ledger.sweeps.get, sweep_id, caller.team_id)


WritingPageCaller = Annotated[Caller, Depends(writing_page_caller)]
AdminPageCaller = Annotated[Caller, Depends(admin_page_caller)]
OperatorPageCaller = Annotated[Caller, Depends(operator_page_caller)]
PageSweep = Annotated[SweepRecord, Depends(page_sweep)]
