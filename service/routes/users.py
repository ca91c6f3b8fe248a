"""The users of the caller's team."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query

from service.answers.account_lists import OldestFirst
from service.answers.account_views import NewUserView, UserChanges, UserRequest, UserView
from service.answers.describe_accounts import new_user_view, user_view
from service.answers.paging import Limit, page_of
from service.answers.views import Page
from service.dependencies import BIGGEST_ID, AdminCaller, KnownCaller, TheLedger
from service.permissions import check_operator, check_over
from service.routes.refusals import refusals
from sweeps.ledger.users import UserChange, UserRecord
from sweeps.roles import Role

router = APIRouter(prefix="/users", tags=["accounts"])

UserId = Annotated[int, Path(ge=1, le=BIGGEST_ID, description="The user's id.", examples=[2])]


def existing_user(user_id: UserId, caller: AdminCaller, ledger: TheLedger) -> UserRecord:
    """The user, of the caller's team, for an admin. Raises NotAllowed, or NoSuchUser for any other."""
    return ledger.users.get(user_id, caller.team_id)


ExistingUser = Annotated[UserRecord, Depends(existing_user)]
ByName = Annotated[str | None, Query(max_length=100, description="Only the user of this name.", examples=["ada"])]


@router.get("", responses=refusals(401, 422))
def list_users(
    caller: KnownCaller,
    ledger: TheLedger,
    asked: OldestFirst,
    limit: Limit = 50,
    name: ByName = None,
    role: Annotated[Role | None, Query(description="Only users of this role.")] = None,
    active: Annotated[bool | None, Query(description="Only active users, or only deactivated ones.")] = None,
) -> Page[UserView]:
    """The team's users, also deactivated ones."""
    rows = ledger.users.page(caller.team_id, limit + 1, asked.order, name, role, active)
    return page_of(rows, limit, user_view, asked.place, asked.sort)


@router.post("", status_code=201, responses=refusals(400, 401, 403, 409, 413, 415, 422))
def create_user(caller: AdminCaller, ledger: TheLedger, wanted: Annotated[UserRequest, Body()]) -> NewUserView:
    """Lets a user join the team, and shows their first token this once. Its scope is admin: it carries their role,
    whatever that becomes."""
    return new_user_view(*ledger.users.add(caller.team_id, wanted.name, wanted.role))


@router.patch("/{user_id}", responses=refusals(400, 401, 403, 404, 409, 413, 415, 422))
def change_user(
    caller: AdminCaller, user: ExistingUser, ledger: TheLedger, wanted: Annotated[UserChanges, Body()]
) -> UserView:
    """Changes a user's role, or deactivates and reactivates them. A team keeps at least one active admin."""
    check_over(caller, user)
    if wanted.is_operator is not None:
        check_operator(caller)
    change = UserChange(role=wanted.role, active=wanted.is_active, is_operator=wanted.is_operator)
    return user_view(ledger.users.change(user.id, caller.team_id, change))
