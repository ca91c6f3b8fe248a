"""Who is who: tokens, users, teams, what was done and what was used."""

from collections.abc import Iterator

from service.answers.account_views import (
    AuditView,
    MeView,
    NewTeamView,
    NewTokenView,
    NewUserView,
    TeamView,
    TokenView,
    UserView,
)
from service.answers.views import UsageView
from service.client.connection import Connection, Document, given


class AccountCalls(Connection):
    """The caller, their team, and for operators all teams."""

    def me(self) -> MeView:
        """Who this token belongs to, and what it may do."""
        return MeView.model_validate(self.call("GET", "/api/v1/me"))

    def tokens(self, user: int | None = None, everyone: bool = False, ended: bool = False) -> Iterator[TokenView]:
        """Your tokens, another user's, or with `everyone` the whole team's, newest first."""
        params = given(user=user, everyone=everyone, ended=ended)
        for item in self.items("/api/v1/tokens", 1_000_000, params):
            yield TokenView.model_validate(item)

    def create_token(
        self,
        name: str,
        scope: str = "write",
        days: int | None = None,
        expires_at: str | None = None,
        user: int | None = None,
    ) -> NewTokenView:
        """A new token with its secret, which is shown this once; `expires_at` in ISO 8601, or in so many days."""
        wanted = {"name": name, "scope": scope, "days": days, "expires_at": expires_at, "user": user}
        return NewTokenView.model_validate(self.call("POST", "/api/v1/tokens", json=wanted))

    def revoke_token(self, token_id: int) -> TokenView:
        """Ends a token at once and for good."""
        return TokenView.model_validate(self.call("DELETE", f"/api/v1/tokens/{token_id}"))

    def users(self, name: str | None = None) -> Iterator[UserView]:
        """The team's users by id, or the one of this name."""
        for item in self.items("/api/v1/users", 1_000_000, given(name=name)):
            yield UserView.model_validate(item)

    def add_user(self, name: str, role: str = "member") -> NewUserView:
        """A new user of the team, with a first token."""
        return NewUserView.model_validate(self.call("POST", "/api/v1/users", json={"name": name, "role": role}))

    def change_user(
        self, user_id: int, role: str | None = None, is_active: bool | None = None, is_operator: bool | None = None
    ) -> UserView:
        """Changes what is given."""
        wanted = {"role": role, "is_active": is_active, "is_operator": is_operator}
        return UserView.model_validate(self.call("PATCH", f"/api/v1/users/{user_id}", json=wanted))

    def team(self) -> TeamView:
        """Your team with its quotas and what it has used this month."""
        return TeamView.model_validate(self.call("GET", "/api/v1/team"))

    def teams(self, name: str | None = None) -> Iterator[TeamView]:
        """All teams by id, or the one of this name, for operators."""
        for item in self.items("/api/v1/teams", 1_000_000, given(name=name)):
            yield TeamView.model_validate(item)

    def add_team(self, name: str, admin: str, quotas: Document | None = None) -> NewTeamView:
        """A new team with its first admin and their token; `quotas` as in `change_team`."""
        document = {"name": name, "admin": admin} | (quotas or {})
        return NewTeamView.model_validate(self.call("POST", "/api/v1/teams", json=document))

    def change_team(self, team_id: int, quotas: Document) -> TeamView:
        """Sets those of weight, max_lanes, max_queued, max_device_hours that are given; None removes a limit."""
        return TeamView.model_validate(self.call("PATCH", f"/api/v1/teams/{team_id}", json=quotas))

    def audit(
        self, limit: int = 1_000_000, user: str | None = None, action: str | None = None, since: str | None = None
    ) -> Iterator[AuditView]:
        """What was done in the team, newest first; `since` in ISO 8601."""
        for item in self.items("/api/v1/audit", limit, given(user=user, action=action, since=since)):
            yield AuditView.model_validate(item)

    def usage(self, since: str | None = None) -> UsageView:
        """Device seconds of the team's sweeps; `since`: only of those posted since this date or time, in ISO 8601."""
        params = {"since": since} if since else None
        return UsageView.model_validate(self.call("GET", "/api/v1/usage", params=params))
