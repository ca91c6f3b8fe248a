"""The ledger: the service's own database, the record of what happened. The only room that knows SQL."""

from sweeps.ledger.ledger import Ledger as Ledger
