"""What a caller may do: the role that something needs, and why a caller does not have it."""

from datetime import UTC, datetime

from service.problems.refusals import NotAllowed
from sweeps.ledger.records import Caller
from sweeps.ledger.tokens import TokenRecord
from sweeps.ledger.users import UserRecord
from sweeps.roles import Role, Scope

WHO = {Role.VIEWER: "a viewer", Role.MEMBER: "a member", Role.ADMIN: "an admin"}


def check_role(caller: Caller, needed: Role) -> None:
    """Raises NotAllowed where the caller's role is below this, or the token's scope keeps it there."""
    _check_scope(caller, next(scope for scope in Scope if scope.role is needed))
    if not caller.role.includes(needed):
        enough = " or ".join(WHO[role] for role in Role if role.includes(needed))
        raise NotAllowed(f"{caller.user} is {WHO[caller.role]} of team {caller.team}; {enough} can do this")


def check_changes(caller: Caller) -> None:
    """Raises NotAllowed where the caller's token only reads."""
    _check_scope(caller, Scope.WRITE)


def check_operator(caller: Caller) -> None:
    """Raises NotAllowed unless the caller looks after the service for all teams."""
    _check_scope(caller, Scope.ADMIN)
    if not caller.is_operator:
        raise NotAllowed(f"{caller.user} is no operator; only those who look after all teams can do this")


def check_over(caller: Caller, user: UserRecord) -> None:
    """Raises NotAllowed unless the caller may look after this user of the own team: nobody becomes an operator by
    making a token for one."""
    check_role(caller, Role.ADMIN)
    if user.is_operator and not caller.is_operator:
        raise NotAllowed(f"{user.name} is an operator; only an operator can change an operator's account")


def check_new_token(caller: Caller, owner: UserRecord, scope: Scope) -> None:
    """Raises NotAllowed where the caller may make no such token: a token makes none that may do more than itself."""
    if owner.id != caller.user_id:
        check_over(caller, owner)
    if not caller.scope.includes(scope):
        raise NotAllowed(
            f"your token's scope is {caller.scope}, so it makes none of scope {scope}; "
            f"ask for {caller.scope}, or use a token of scope {scope}"
        )


def end_of_new_token(own_end: float | None, wanted: float | None) -> float | None:
    """When a token ends that one which ends at `own_end` makes: no later. Raises NotAllowed."""
    if own_end is None:
        return wanted
    if wanted is not None and wanted > own_end:
        at = datetime.fromtimestamp(own_end, UTC).isoformat(timespec="seconds")
        raise NotAllowed(
            f"your token expires at {at}, so it makes none that expires later; ask for an earlier end, or for none, "
            "which is that one"
        )
    return own_end if wanted is None else wanted


def check_end_of_token(caller: Caller, token: TokenRecord, owner: UserRecord) -> None:
    """Raises NotAllowed where the caller may not revoke it. Every token may revoke itself: it may have leaked."""
    if token.id == caller.token_id:
        return
    _check_scope(caller, Scope.WRITE if token.scope is not Scope.ADMIN else Scope.ADMIN)
    if owner.id != caller.user_id:
        check_over(caller, owner)


def _check_scope(caller: Caller, needed: Scope) -> None:
    if not caller.scope.includes(needed):
        enough = " or ".join(scope for scope in Scope if scope.includes(needed))
        raise NotAllowed(f"your token's scope is {caller.scope}; this needs a token of scope {enough}")
