"""From the ledger's teams, users, tokens and audit log to the API's answers."""

from typing import cast

from service.answers.account_views import (
    AuditView,
    ChangeView,
    MeView,
    NewTeamView,
    NewTokenView,
    NewUserView,
    QuotaChanges,
    TeamView,
    TokenView,
    UserView,
)
from service.answers.describe import utc, utc_or_none
from service.control.sharing import month_began
from sweeps.ledger import Ledger
from sweeps.ledger.audit import AuditRecord
from sweeps.ledger.records import Caller
from sweeps.ledger.teams import Quotas, TeamRecord
from sweeps.ledger.tokens import NewToken, TokenRecord
from sweeps.ledger.users import UserRecord


def me_view(caller: Caller, token: TokenRecord) -> MeView:
    return MeView(
        team_id=caller.team_id,
        team=caller.team,
        user_id=caller.user_id,
        user=caller.user,
        role=caller.role,
        is_operator=caller.is_operator,
        token=token_view(token),
    )


def token_view(token: TokenRecord) -> TokenView:
    return TokenView(
        id=token.id,
        user_id=token.user_id,
        user=token.user,
        name=token.name,
        scope=token.scope,
        hint=token.hint,
        created_at=utc(token.created_at),
        expires_at=utc_or_none(token.expires_at),
        revoked_at=utc_or_none(token.revoked_at),
        last_used_at=utc_or_none(token.last_used_at),
    )


def new_token_view(new: NewToken) -> NewTokenView:
    return NewTokenView(**token_view(new.record).model_dump(), token=new.secret)


def user_view(user: UserRecord) -> UserView:
    return UserView(
        id=user.id,
        name=user.name,
        role=user.role,
        is_operator=user.is_operator,
        is_active=user.deactivated_at is None,
        created_at=utc(user.created_at),
    )


def new_user_view(user: UserRecord, token: NewToken) -> NewUserView:
    return NewUserView(user=user_view(user), token=new_token_view(token))


def team_view(team: TeamRecord, ledger: Ledger) -> TeamView:
    return team_views([team], ledger)[0]


def team_views(teams: list[TeamRecord], ledger: Ledger) -> list[TeamView]:
    """Teams with the sizes and the use that they have now."""
    sizes, spent = ledger.teams.sizes([team.id for team in teams]), ledger.shares.spent(month_began())
    return [
        TeamView(
            id=team.id,
            name=team.name,
            users=sizes.get(team.id, 0),
            weight=team.weight,
            max_lanes=team.max_lanes,
            max_queued=team.max_queued,
            max_device_hours=team.max_device_hours,
            device_hours_this_month=spent.get(team.id, 0.0) / 3600,
            created_at=utc(team.created_at),
        )
        for team in teams
    ]


def new_team_view(team: TeamRecord, user: UserRecord, token: NewToken, ledger: Ledger) -> NewTeamView:
    return NewTeamView(team=team_view(team, ledger), user=user_view(user), token=new_token_view(token))


def audit_view(entry: AuditRecord) -> AuditView:
    return AuditView(
        id=entry.id,
        at=utc(entry.at),
        user_id=entry.user_id,
        user=entry.user,
        token_id=entry.token_id,
        action=entry.action,
        target=entry.target,
        status=entry.status,
        request_id=entry.request_id,
        changes={name: ChangeView(before=pair[0], after=pair[1]) for name, pair in (entry.changes or {}).items()},
    )


def given_quotas(wanted: QuotaChanges) -> Quotas:
    """Those that were sent: null is a value, what is left out is none."""
    names = Quotas.__optional_keys__
    return cast(Quotas, {name: getattr(wanted, name) for name in wanted.model_fields_set & names})
