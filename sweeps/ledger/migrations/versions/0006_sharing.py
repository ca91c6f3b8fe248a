"""What a lab needs to share one service: scopes, quotas, priorities, an audit log, answers kept under a key, and what
is left to do for deleted sweeps."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("teams", sa.Column("weight", sa.Float(), nullable=False, server_default="1"))
    op.add_column("teams", sa.Column("max_lanes", sa.Integer(), nullable=True))
    op.add_column("teams", sa.Column("max_queued", sa.Integer(), nullable=True))
    op.add_column("teams", sa.Column("max_device_hours", sa.Float(), nullable=True))
    op.add_column("users", sa.Column("is_operator", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("deactivated_at", sa.Float(), nullable=True))
    op.add_column("tokens", sa.Column("scope", sa.String(20), nullable=False, server_default="admin"))
    op.add_column("tokens", sa.Column("hint", sa.String(20), nullable=True))
    op.add_column("sweeps", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sweeps", sa.Column("labels", sa.JSON(), nullable=True))
    op.add_column("sweeps", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("sweeps", sa.Column("archived_at", sa.Float(), nullable=True))
    op.add_column("sweeps", sa.Column("preempted_at", sa.Float(), nullable=True))
    op.add_column("sweeps", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_sweeps_team_id_name_id", "sweeps", ["team_id", "name", "id"])
    op.create_index("ix_sweeps_team_id_finished_at_id", "sweeps", ["team_id", "finished_at", "id"])
    op.create_index("ix_trials_sweep_id_value_number", "trials", ["sweep_id", "value", "number"])
    first = sa.text("UPDATE users SET is_operator = :yes WHERE id = (SELECT min(id) FROM users)")
    op.execute(first.bindparams(yes=True))
    op.create_table(
        "removals",
        sa.Column("sweep_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", name="fk_removals_team_id"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", name="fk_removals_user_id"), nullable=False),
        sa.Column("experiment", sa.String(250), nullable=False),
        sa.Column("keep_runs", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.Column("removed_at", sa.Float(), nullable=False),
        sa.Column("settled_at", sa.Float(), nullable=True),
        sa.Column("networks", sa.Integer(), nullable=False),
        sa.Column("device_seconds", sa.Float(), nullable=False),
    )
    op.create_index("ix_removals_team_id", "removals", ["team_id"])
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("team_id", sa.Integer(), sa.ForeignKey("teams.id", name="fk_audit_team_id"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", name="fk_audit_user_id"), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_team_id_id", "audit", ["team_id", "id"])
    op.create_table(
        "answers",
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", name="fk_answers_user_id"), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("made", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_answers_created_at", "answers", ["created_at"])
