"""Why the service itself refuses a request; errors.py gives each its status."""


class Refusal(Exception):
    """The base of the service's own refusals; the message says what a person can do."""


class NotAuthenticated(Refusal):
    """No token, or one that is unknown, revoked or expired."""


class NotAllowed(Refusal):
    """The caller's role does not permit this."""


class NotText(Refusal):
    """The specification holds characters that cannot be stored."""


class BadEventId(Refusal):
    """Last-Event-ID is no id that this stream gave."""


class BadCursor(Refusal):
    """The cursor is none of this list in this order."""


class NoSuchArm(Refusal):
    """The sweep compares no arm of this name."""
