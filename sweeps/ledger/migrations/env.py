"""Alembic's entry: runs the migrations on the connection that `engine.migrate` opened."""

from alembic import context

from sweeps.ledger.engine import VERSION_TABLE
from sweeps.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transaction_per_migration=False,
)
context.run_migrations()
