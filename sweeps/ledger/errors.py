"""What can go wrong at the ledger, for callers who must tell the cases apart."""


class LedgerError(Exception):
    """The base of the ledger's own errors."""


class NoSuchSweep(LedgerError):
    """There is no such sweep in this team."""


class NoSuchTrial(LedgerError):
    """The sweep has no trial of this number."""


class NoSuchReconciliation(LedgerError):
    """Nobody has asked for a reconciliation of this number in the sweep."""


class NoSuchUser(LedgerError):
    """There is no such user in this team."""


class NoSuchToken(LedgerError):
    """There is no such token in this team."""


class NoSuchTeam(LedgerError):
    """There is no team of this id."""


class NameTaken(LedgerError):
    """Another team, or another user of the team, has this name."""


class LastAdmin(LedgerError):
    """Nobody could look after the team any more, or after the service."""


class UserDeactivated(LedgerError):
    """A deactivated user gets no token."""


class WrongState(LedgerError):
    """What was asked for cannot be done with a sweep in its state; the message says what can."""


class QuotaUsedUp(LedgerError):
    """The team may not have more; the message says of what, and what can be done."""


class NotComplete(LedgerError):
    """Not every trial of the budget has an outcome: the sweep was extended while it ended."""


class ChangedMeanwhile(LedgerError):
    """The sweep is not as its caller saw it when deciding; the message says what to do."""


class KeyReused(LedgerError):
    """The idempotency key belongs to another request, or to an answer that is shown once."""


class KeyInUse(LedgerError):
    """A request under the same idempotency key is still being worked on."""


class FencedOut(LedgerError):
    """Another attempt drives this sweep now: the caller must stop and write nothing."""


class LedgerUnusable(LedgerError):
    """The database is damaged, or was made by another version of npsweep."""


class LedgerUnreachable(LedgerError):
    """The database did not answer or could not write. What was written is not kept, except where the answer to a commit
    was lost: whoever writes again must be able to do so twice."""
