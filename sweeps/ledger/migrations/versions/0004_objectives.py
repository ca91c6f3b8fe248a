"""The values of a trial's objectives, where a sweep has several."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("trials", sa.Column("objectives", sa.JSON(), nullable=True))
