"""Which lane trained which network, from when to when. Of sweeps that ran before, it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "stints",
        sa.Column("sweep_id", sa.Integer(), nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(20), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=True),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sweep_id", "trial"],
            ["trials.sweep_id", "trials.number"],
            name=op.f("fk_stints_sweep_id_trial"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sweep_id", "trial", "phase", "seed", "since", name=op.f("pk_stints")),
    )
    unended = sa.text("until IS NULL")
    op.create_index("ix_stints_unended", "stints", ["sweep_id"], sqlite_where=unended, postgresql_where=unended)
