"""What the API takes and answers about teams, users, tokens and the audit log."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from service.answers.views import View
from sweeps.roles import Role, Scope

LONGEST_DAYS = 3_650
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")]
Flag = Annotated[bool, Field(strict=True)]
Days = Annotated[int, Field(ge=1, le=LONGEST_DAYS, strict=True, examples=[90])]
Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Hours = Annotated[float, Field(ge=0, le=1e9, strict=True, allow_inf_nan=False)]
Weight = Annotated[float, Field(gt=0, le=1_000, strict=True, allow_inf_nan=False)]


class TokenView(View):
    """An API token without its secret."""

    id: int
    user_id: int
    user: str
    name: str = Field(examples=["laptop"])
    scope: Scope
    """How much of its user's role it carries."""
    hint: str | None = Field(examples=["nps_Ab3d"])
    """How the secret begins; null for a token of an earlier version."""
    created_at: datetime
    expires_at: datetime | None
    """Null where it does not expire."""
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""


class NewTokenView(TokenView):
    """A token that was just made."""

    token: str = Field(examples=["nps_…"])
    """The secret. It is shown this once; the service keeps only its hash."""


class UserView(View):
    """A user of a team."""

    id: int
    name: str = Field(examples=["ada"])
    role: Role
    is_operator: bool
    """Whether they look after the service for all teams, as long as they are an admin."""
    is_active: bool
    """Whether their tokens are accepted."""
    created_at: datetime


class NewUserView(View):
    """A user who was just made, with the first token."""

    user: UserView
    token: NewTokenView


class TeamView(View):
    """A team with its quotas and what it has used."""

    id: int
    name: str = Field(examples=["vision"])
    users: int
    """Active ones."""
    weight: float
    """Its share of the cluster beside other teams', where several wait."""
    max_lanes: int | None
    """Lanes that its sweeps may have together; null is no limit, here and below."""
    max_queued: int | None
    """Sweeps that may wait."""
    max_device_hours: float | None
    """In a calendar month (UTC)."""
    device_hours_this_month: float
    """What it has used of them."""
    created_at: datetime


class NewTeamView(View):
    """A team that was just made, with its first admin and their first token."""

    team: TeamView
    user: UserView
    token: NewTokenView


class MeView(View):
    """Who you are to the service."""

    team_id: int
    team: str
    user_id: int
    user: str
    role: Role
    """What this token lets you do: your role, capped by its scope."""
    is_operator: bool
    """Whether this token lets you look after all teams."""
    token: TokenView


class ChangeView(View):
    """One field that a request has changed."""

    before: Any
    """Null where there was nothing."""
    after: Any
    """Null where nothing is left."""


class AuditView(View):
    """One request that changed something, or was refused for its caller's role."""

    id: int
    at: datetime
    user_id: int
    user: str
    token_id: int | None
    action: str = Field(examples=["stop_sweep"])
    """The operation's name, as in the API's document."""
    target: str = Field(examples=["/api/v1/sweeps/12/stop"])
    """The address that it was sent to."""
    status: int = Field(examples=[202])
    """What it was answered."""
    request_id: str
    changes: dict[str, ChangeView] = Field(examples=[{"role": {"before": "member", "after": "admin"}}])
    """What it changed, by field; without secrets, and long texts shortened."""


class Wanted(BaseModel):
    """The base of what is posted here."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid")


class TokenRequest(Wanted):
    """A token that is wanted."""

    name: Name = Field(examples=["laptop"])
    """Says where it is used."""
    scope: Scope = Scope.WRITE
    """At most that of the token that asks."""
    expires_at: datetime | None = Field(default=None, examples=["2027-03-31"])
    """UTC where no zone is given; null, and no `days`: it does not expire."""
    days: Days | None = None
    """Days until it expires, in place of `expires_at`."""
    user: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] | None = None
    """Whose it is, by id; you, where nothing is said. An admin makes tokens for the team's users."""

    @field_validator("expires_at")
    @classmethod
    def _lies_ahead(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        aware, now = value.replace(tzinfo=value.tzinfo or UTC), datetime.now(UTC)
        if not now < aware < now + timedelta(days=LONGEST_DAYS):
            raise ValueError("must lie in the next ten years; give a time ahead, or null for a token that stays")
        return aware

    @field_validator("days")
    @classmethod
    def _is_alone(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("expires_at") is not None:
            raise ValueError("cannot be given beside expires_at; leave one of them out")
        return value

    def ends_at(self) -> float | None:
        """Seconds since 1970; None where it does not expire."""
        if self.days is not None:
            return (datetime.now(UTC) + timedelta(days=self.days)).timestamp()
        return self.expires_at.timestamp() if self.expires_at else None


class UserRequest(Wanted):
    """A user who is to join the team."""

    name: Name = Field(examples=["ada"])
    role: Role = Role.MEMBER


class UserChanges(Wanted):
    """What is to become other about a user; what is left out, or null, stays."""

    role: Role | None = None
    is_active: Flag | None = None
    """False: all their tokens are refused, until they are active again. Their sweeps stay and go on."""
    is_operator: Flag | None = None
    """Only an operator can change this."""


class QuotaChanges(Wanted):
    """The quotas that are to change; what is left out stays, null removes a limit."""

    weight: Weight = Field(default=1.0, examples=[2.0])
    """Its share of the cluster beside other teams', where several wait."""
    max_lanes: Count | None = Field(default=None, examples=[4])
    """Lanes that its sweeps may have together."""
    max_queued: Count | None = Field(default=None, examples=[20])
    """Sweeps that may wait."""
    max_device_hours: Hours | None = Field(default=None, examples=[500.0])
    """In a calendar month (UTC)."""


class TeamRequest(QuotaChanges):
    """A team that is wanted, with its first admin."""

    name: Name = Field(examples=["vision"])
    admin: Name = Field(default="admin", examples=["ada"])
    """The name of its first user, who looks after it."""
