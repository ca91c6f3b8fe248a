"""Ids of epochs and events beyond 2³¹: at 5,000 epochs a second PostgreSQL's integers are used up in five days.

SQLite's integers are long already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column in (("epochs", "id"), ("events", "id"), ("sweeps", "tracked_epoch")):
        op.alter_column(table, column, type_=sa.BigInteger())
    for table in ("epochs", "events"):
        op.execute(f"ALTER SEQUENCE {table}_id_seq AS bigint")
