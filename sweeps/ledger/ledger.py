"""The ledger as one object, opened by its URL."""

from sqlalchemy.exc import DatabaseError

from sweeps.ledger.accounts import Accounts
from sweeps.ledger.answers import Answers
from sweeps.ledger.audit import AuditLog
from sweeps.ledger.curves import Curves
from sweeps.ledger.engine import migrate, open_engine
from sweeps.ledger.errors import LedgerUnusable
from sweeps.ledger.events import EventLog
from sweeps.ledger.exports import Exports
from sweeps.ledger.glances import Glances
from sweeps.ledger.leadership import Leadership, leadership
from sweeps.ledger.lifecycle import LifeCycle
from sweeps.ledger.lists import Lists
from sweeps.ledger.outbox import Outbox
from sweeps.ledger.precedence import Precedence
from sweeps.ledger.progress import ProgressLog
from sweeps.ledger.queue import SweepQueue
from sweeps.ledger.rates import Rates
from sweeps.ledger.reconciliations import Reconciliations
from sweeps.ledger.removals import Removals
from sweeps.ledger.sessions import Sessions
from sweeps.ledger.shares import Shares
from sweeps.ledger.shelf import Shelf
from sweeps.ledger.stints import Stints
from sweeps.ledger.teams import Teams
from sweeps.ledger.tokens import Tokens
from sweeps.ledger.trials import TrialStore
from sweeps.ledger.usage import Usage
from sweeps.ledger.users import Users


class Ledger:
    """Everything the ledger holds, by subject. One object a process; safe in threads."""

    def __init__(self, url: str) -> None:
        """`url`: `sqlite:///path` or `postgresql+psycopg://user:password@host/database`."""
        self._engine = open_engine(url)
        self.accounts = Accounts(self._engine)
        self.teams = Teams(self._engine)
        self.users = Users(self._engine)
        self.tokens = Tokens(self._engine)
        self.sessions = Sessions(self._engine)
        self.audit = AuditLog(self._engine)
        self.sweeps = SweepQueue(self._engine)
        self.lifecycle = LifeCycle(self._engine)
        self.lists = Lists(self._engine)
        self.glances = Glances(self._engine)
        self.precedence = Precedence(self._engine)
        self.shares = Shares(self._engine)
        self.shelf = Shelf(self._engine)
        self.removals = Removals(self._engine)
        self.trials = TrialStore(self._engine)
        self.stints = Stints(self._engine)
        self.curves = Curves(self._engine)
        self.exports = Exports(self._engine)
        self.events = EventLog(self._engine)
        self.outbox = Outbox(self._engine)
        self.progress = ProgressLog(self._engine)
        self.reconciliations = Reconciliations(self._engine)
        self.usage = Usage(self._engine)
        self.answers = Answers(self._engine)
        self.rates = Rates(self._engine)

    @property
    def is_local(self) -> bool:
        """Whether it is a file here, which is read without waiting for anybody."""
        return self._engine.dialect.name == "sqlite"

    def check(self) -> None:
        """Reads one row; raises where the database cannot be reached or has no tables."""
        self.sweeps.in_states([])

    def leadership(self) -> Leadership:
        """One process of those that have this ledger open holds it."""
        return leadership(self._engine)

    def migrate(self) -> None:
        """Makes or updates the tables; nothing happens where they are up to date. Raises LedgerUnusable."""
        try:
            migrate(self._engine)
        except DatabaseError as error:
            raise LedgerUnusable(f"it cannot be read or written ({error.orig})") from error

    def close(self) -> None:
        self._engine.dispose()
