"""How long a sweep ran, without what it waited, and what a request in the audit log has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("sweeps", sa.Column("run_seconds", sa.Float(), nullable=False, server_default="0"))
    op.add_column("sweeps", sa.Column("running_since", sa.Float(), nullable=True))
    op.execute("UPDATE sweeps SET run_seconds = finished_at - started_at WHERE finished_at > started_at")
    op.execute(
        "UPDATE sweeps SET running_since = started_at WHERE state IN ('running', 'confirming', 'pausing', 'stopping')"
    )
    op.add_column("audit", sa.Column("changes", sa.JSON(), nullable=True))
