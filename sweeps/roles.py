"""What users and their tokens may do."""

from enum import StrEnum


class Role(StrEnum):
    """What a user may do in the own team; each role may do what those before it may."""

    VIEWER = "viewer"
    """Sees everything, changes nothing."""
    MEMBER = "member"
    """Posts sweeps and decides over the team's."""
    ADMIN = "admin"
    """Looks after the team's users and tokens, and reads its audit log."""

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


class Scope(StrEnum):
    """How much of its user's role a token carries."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    @property
    def role(self) -> Role:
        """The highest role that a token of this scope can have."""
        return dict(zip(Scope, Role, strict=True))[self]

    def includes(self, other: "Scope") -> bool:
        return self.role.includes(other.role)


def capped(role: Role, scope: Scope) -> Role:
    """A user's role through a token of this scope."""
    return role if scope.role.includes(role) else scope.role
