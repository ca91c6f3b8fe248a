"""Who chose a trial, and in which order the sampler was asked and told, so that every suggestion can be made again."""

from bisect import bisect_right
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("trials", sa.Column("origin", sa.String(length=20), nullable=False, server_default="sampler"))
    op.add_column("trials", sa.Column("heard", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("trials", sa.Column("told", sa.Integer(), nullable=True))
    _order_by_the_clock(op.get_bind())


def _order_by_the_clock(connection: sa.Connection) -> None:
    """Until now suggestions and outcomes were ordered by their times."""
    names = ("sweep_id", "number", "arm", "created_at", "finished_at", "heard", "told")
    trials = sa.table("trials", *(sa.column(name) for name in names))
    rows = connection.execute(sa.select(trials).order_by(trials.c.sweep_id, trials.c.arm, trials.c.number)).all()
    marks = []
    for _, arm in groupby(rows, key=lambda row: (row.sweep_id, row.arm)):
        own = list(arm)
        ends = sorted((row.finished_at, row.number) for row in own if row.finished_at is not None)
        places = {number: place for place, (_, number) in enumerate(ends, 1)}
        times = [at for at, _ in ends]
        marks += [
            {
                "of_sweep": row.sweep_id,
                "of_number": row.number,
                "heard": bisect_right(times, row.created_at),
                "told": places.get(row.number),
            }
            for row in own
        ]
    if marks:
        key = (trials.c.sweep_id == sa.bindparam("of_sweep"), trials.c.number == sa.bindparam("of_number"))
        connection.execute(
            sa.update(trials).where(*key).values(heard=sa.bindparam("heard"), told=sa.bindparam("told")), marks
        )
