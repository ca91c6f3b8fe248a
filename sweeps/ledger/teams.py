"""Teams and what they may have of the cluster. Operators look after them."""

import time
from dataclasses import asdict, dataclass, fields
from typing import TypedDict

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.errors import NameTaken, NoSuchTeam
from sweeps.ledger.noting import note, note_made
from sweeps.ledger.once import mark, refuse_second_secret
from sweeps.ledger.ordering import Order, ordered
from sweeps.ledger.plain import plain_text
from sweeps.ledger.tables import teams
from sweeps.ledger.tokens import NewToken
from sweeps.ledger.users import UserRecord, active_counts, add_user
from sweeps.roles import Role


@dataclass(frozen=True)
class TeamRecord:
    """One team with its quotas; None is no limit."""

    id: int
    name: str
    created_at: float
    weight: float
    """Its share beside other teams'."""
    max_lanes: int | None
    """Lanes of its sweeps that train, together."""
    max_queued: int | None
    """Sweeps that wait."""
    max_device_hours: float | None
    """In a calendar month (UTC)."""


class Quotas(TypedDict, total=False):
    """The quotas that are to change."""

    weight: float
    max_lanes: int | None
    max_queued: int | None
    max_device_hours: float | None


COLUMNS = [teams.c[field.name] for field in fields(TeamRecord)]
ORDERS = {"created": [teams.c.id], "name": [teams.c.name, teams.c.id]}


class Teams:
    """Every team of the service."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def add(self, name: str, admin: str, quotas: Quotas) -> tuple[TeamRecord, UserRecord, NewToken]:
        """A new team with its first admin and their first token, once under a key. Raises NameTaken."""
        try:
            with self._writing.begin() as connection:
                refuse_second_secret(connection)
                team_id = add_team(connection, name, quotas)
                mark(connection, team_id)
                note_made(id=team_id, name=name, admin=admin, **quotas)
                return _one(connection, team_id), *add_user(connection, team_id, admin, Role.ADMIN)
        except IntegrityError as error:
            raise NameTaken(f"there is a team {name!r} already; choose another name") from error

    def get(self, team_id: int) -> TeamRecord:
        """Raises NoSuchTeam."""
        with self._reading.connect() as connection:
            return _one(connection, team_id)

    def page(self, limit: int, order: Order = Order(), name: str | None = None) -> list[TeamRecord]:  # noqa: B008
        """All teams, or the one of this name."""
        query = ordered(select(*COLUMNS), ORDERS[order.key], order.descending, order.after)
        if name is not None:
            query = query.where(teams.c.name == plain_text(name))
        with self._reading.connect() as connection:
            return [TeamRecord(**row._mapping) for row in connection.execute(query.limit(limit))]

    def change(self, team_id: int, quotas: Quotas) -> TeamRecord:
        """Sets the quotas that are given; the others stay. Raises NoSuchTeam."""
        with self._writing.begin() as connection:
            before = _one(connection, team_id)
            if quotas:
                connection.execute(update(teams).where(teams.c.id == team_id).values(**quotas))
            after = _one(connection, team_id)
            note(asdict(before), asdict(after))
            return after

    def sizes(self, team_ids: list[int]) -> dict[int, int]:
        """The active users of each of these teams that has any."""
        with self._reading.connect() as connection:
            return active_counts(connection, team_ids)


def add_team(connection: Connection, name: str, quotas: Quotas | None = None) -> int:
    """Writes a team inside a transaction and returns its id."""
    values = {"name": name, "created_at": time.time()} | dict(quotas or {})
    return int(connection.execute(insert(teams).values(values).returning(teams.c.id)).scalar_one())


def _one(connection: Connection, team_id: int) -> TeamRecord:
    row = connection.execute(select(*COLUMNS).where(teams.c.id == team_id)).one_or_none()
    if row is None:
        raise NoSuchTeam(f"there is no team {team_id}")
    return TeamRecord(**row._mapping)
