"""Why the service itself refuses a request; errors.py gives each its status."""

from fastapi.exceptions import RequestValidationError

from service.problems.details import Finding, shown


class InvalidSpecification(RequestValidationError):
    """A specification that was not posted as it is, but made from what was sent, cannot run."""


class Refusal(Exception):
    """The base of the service's own refusals; the message says what a person can do."""

    finding: Finding | None = None
    """What is wrong, where it is one field."""


class NotAuthenticated(Refusal):
    """No token, or one that is unknown, revoked or expired."""


class NotAllowed(Refusal):
    """The caller's role does not permit this."""


class TooManyStreams(Refusal):
    """The caller's token has as many event streams open as it may."""


class NothingToShow(Refusal):
    """The sweep has not measured yet what was asked for."""


class NotText(Refusal):
    """The specification holds characters that cannot be stored."""


class WrongField(Refusal):
    """One field, or header, holds what it cannot."""

    def __init__(self, field: str, value: object, rule: str, remedy: str) -> None:
        super().__init__(f"{rule}; {remedy}")
        self.finding = Finding(field=field, value=shown(value), rule=rule, remedy=remedy)


class BadEventId(WrongField):
    """Last-Event-ID is no id that this stream gave."""


class BadPosition(WrongField):
    """A cursor of logs is none that we gave."""


class BadCursor(Refusal):
    """The cursor is none of this list in this order."""


class NoSuchArm(WrongField):
    """The sweep compares no arm of this name."""
