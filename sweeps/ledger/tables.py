"""The ledger's tables. Times are seconds since 1970 (UTC); JSON columns hold plain values."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from sweeps.ledger.plain import Reason
from sweeps.ledger.words import Word
from sweeps.roles import Role, Scope
from sweeps.states import Origin, SweepState, TrialState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

LONG = BigInteger().with_variant(Integer, "sqlite")
"""Ids that count what is measured; on SQLite only `INTEGER` is a row's own id, and as long."""

teams = Table(
    "teams",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("weight", Float, nullable=False, server_default="1"),
    Column("max_lanes", Integer),
    Column("max_queued", Integer),
    Column("max_device_hours", Float),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("team_id", ForeignKey("teams.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("is_operator", Boolean, nullable=False, server_default=false()),
    Column("deactivated_at", Float),
    UniqueConstraint("team_id", "name"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
    Column("last_used_at", Float),
    Column("scope", Word(Scope), nullable=False, server_default="admin"),
    Column("hint", String(20)),
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("team_id", ForeignKey("teams.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("spec", JSON, nullable=False),
    Column("state", Word(SweepState), nullable=False),
    Column("reason", Reason),
    Column("attempt", Integer, nullable=False, default=0),
    Column("heartbeat_at", Float),
    Column("stop_requested_at", Float),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("report", JSON),
    Column("tracking_id", String(64)),
    Column("tracked_state", String(20)),
    Column("tracked_epoch", LONG, nullable=False, default=0),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("labels", JSON),
    Column("note", Text),
    Column("archived_at", Float),
    Column("preempted_at", Float),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("run_seconds", Float, nullable=False, server_default="0"),
    Column("running_since", Float),
    Index(None, "team_id", "id"),
    Index(None, "team_id", "name", "id"),
    Index(None, "team_id", "finished_at", "id"),
    Index(None, "state"),
    sqlite_autoincrement=True,
)

trials = Table(
    "trials",
    metadata,
    Column("sweep_id", ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("arm", Integer, nullable=False),
    Column("arm_number", Integer, nullable=False),
    Column("state", Word(TrialState), nullable=False),
    Column("configuration", JSON, nullable=False),
    Column("value", Float),
    Column("spread", Float),
    Column("epoch", Integer, nullable=False, default=0),
    Column("reason", Reason),
    Column("attempt", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("device_seconds", Float, nullable=False, default=0.0),
    Column("tracking_id", String(64)),
    Column("tracked_state", String(20)),
    Column("origin", Word(Origin), nullable=False, server_default="sampler"),
    Column("heard", Integer, nullable=False, server_default="0"),
    Column("told", Integer),
    Column("objectives", JSON(none_as_null=True)),
    UniqueConstraint("sweep_id", "arm", "arm_number"),
    Index(None, "sweep_id", "value", "number"),
)

inherited = Table(
    "inherited",
    metadata,
    Column("sweep_id", ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True),
    Column("arm", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("source_sweep", Integer, nullable=False),
    Column("source_trial", Integer, nullable=False),
    Column("configuration", JSON, nullable=False),
    Column("state", Word(TrialState), nullable=False),
    Column("value", Float, nullable=False),
    Column("epoch", Integer, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("sweep_id", Integer, primary_key=True),
    Column("phase", String(20), primary_key=True),
    Column("trial", Integer, primary_key=True),
    Column("seed", Integer, primary_key=True),
    Column("state", Word(TrialState), nullable=False),
    Column("epoch", Integer, nullable=False, default=0),
    Column("metrics", JSON),
    Column("failures", Integer, nullable=False, default=0),
    Column("reason", Reason),
    Column("device_seconds", Float, nullable=False, default=0.0),
    ForeignKeyConstraint(["sweep_id", "trial"], ["trials.sweep_id", "trials.number"], ondelete="CASCADE"),
)

stints = Table(
    "stints",
    metadata,
    Column("sweep_id", Integer, primary_key=True),
    Column("trial", Integer, primary_key=True),
    Column("phase", String(20), primary_key=True),
    Column("seed", Integer, primary_key=True),
    Column("since", Float, primary_key=True),
    Column("until", Float),
    Column("lane", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    ForeignKeyConstraint(["sweep_id", "trial"], ["trials.sweep_id", "trials.number"], ondelete="CASCADE"),
    Index("ix_stints_unended", "sweep_id", sqlite_where=text("until IS NULL"), postgresql_where=text("until IS NULL")),
)

epochs = Table(
    "epochs",
    metadata,
    Column("id", LONG, primary_key=True),
    Column("sweep_id", Integer, nullable=False),
    Column("phase", String(20), nullable=False),
    Column("trial", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("metrics", JSON, nullable=False),
    Index(None, "sweep_id", "id"),
    UniqueConstraint("sweep_id", "trial", "phase", "seed", "epoch"),
    ForeignKeyConstraint(["sweep_id", "trial"], ["trials.sweep_id", "trials.number"], ondelete="CASCADE"),
)

events = Table(
    "events",
    metadata,
    Column("id", LONG, primary_key=True),
    Column("sweep_id", ForeignKey("sweeps.id", ondelete="CASCADE"), nullable=False),
    Column("at", Float, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("data", JSON, nullable=False),
    Index(None, "sweep_id", "id"),
    sqlite_autoincrement=True,
)

removals = Table(
    "removals",
    metadata,
    Column("sweep_id", Integer, primary_key=True, autoincrement=False),
    Column("team_id", ForeignKey("teams.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("experiment", String(250), nullable=False),
    Column("keep_runs", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("finished_at", Float),
    Column("removed_at", Float, nullable=False),
    Column("settled_at", Float),
    Column("networks", Integer, nullable=False),
    Column("device_seconds", Float, nullable=False),
    Index(None, "team_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", LONG, primary_key=True),
    Column("at", Float, nullable=False),
    Column("team_id", ForeignKey("teams.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("token_id", Integer),
    Column("action", String(60), nullable=False),
    Column("target", String(200), nullable=False),
    Column("status", Integer, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("changes", JSON(none_as_null=True)),
    Index(None, "team_id", "id"),
    sqlite_autoincrement=True,
)

answers = Table(
    "answers",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("made", LONG),
    Column("status", Integer),
    Column("headers", JSON(none_as_null=True)),
    Column("body", LargeBinary),
    Index(None, "created_at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("token_id", ForeignKey("tokens.id"), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Index(None, "token_id"),
)
