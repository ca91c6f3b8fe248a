"""The ledger: states move only as they may, teams see their own, and migrations give the tables of the code."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sweeps.ledger import Ledger
from sweeps.ledger.engine import VERSION_TABLE, migrate, open_engine
from sweeps.ledger.errors import FencedOut, NoSuchSweep, NoSuchTrial, NotComplete, WrongState
from sweeps.ledger.tables import metadata
from sweeps.states import FOLLOWS, SweepState
from tests.sweeps.running import Desk


def test_migrations_build_exactly_the_tables_of_the_code(ledger_url: str) -> None:
    engine = open_engine(ledger_url)
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_every_state_can_be_left_and_a_final_one_only_for_the_queue() -> None:
    for state in SweepState:
        assert (FOLLOWS[state] == {SweepState.QUEUED}) == state.is_final


def test_no_sweep_is_completed_with_less_than_its_budget(desk: Desk) -> None:
    sweep_id = desk.post()
    desk.run(sweep_id)
    desk.ledger.lifecycle.extend(sweep_id, 3)
    with pytest.raises(NotComplete, match="has 4 trials with an outcome, and a budget of 6"):
        desk.ledger.sweeps.end(sweep_id, SweepState.COMPLETED)
    assert not desk.ledger.sweeps.get(sweep_id).state.is_final


def test_a_move_that_may_not_be_changes_nothing(desk: Desk) -> None:
    sweep_id = desk.post()
    assert not desk.ledger.sweeps.move(sweep_id, SweepState.COMPLETED)
    assert desk.ledger.sweeps.get(sweep_id).state is SweepState.QUEUED


def test_a_queued_sweep_stops_at_once(desk: Desk) -> None:
    sweep_id = desk.post()
    stopped = desk.ledger.lifecycle.stop(sweep_id)
    assert (stopped.state, stopped.reason) == (SweepState.STOPPED, "stopped before it ran")


def test_a_stop_of_a_finished_sweep_changes_nothing(desk: Desk) -> None:
    sweep_id = desk.post()
    first = desk.ledger.lifecycle.stop(sweep_id)
    assert desk.ledger.lifecycle.stop(sweep_id) == first


def test_another_teams_sweep_does_not_exist(desk: Desk) -> None:
    sweep_id = desk.post()
    other = desk.ledger.accounts.caller(desk.ledger.accounts.add_team("others", "eve"))
    assert other is not None
    with pytest.raises(NoSuchSweep, match=f"there is no sweep {sweep_id}"):
        desk.ledger.sweeps.get(sweep_id, other.team_id)
    assert desk.ledger.lists.sweeps(other.team_id) == []


def test_tokens_are_stored_hashed_and_the_first_admin_is_made_once(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    token = ledger.accounts.first_admin()
    assert token
    assert ledger.accounts.first_admin() is None
    assert ledger.accounts.caller(token + "x") is None
    caller = ledger.accounts.caller(token)
    assert caller
    assert caller.role == "admin"
    ledger.close()
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_each_attempt_fences_out_the_one_before(desk: Desk) -> None:
    sweep_id = desk.post()
    first, second = desk.ledger.sweeps.start_attempt(sweep_id), desk.ledger.sweeps.start_attempt(sweep_id)
    with pytest.raises(FencedOut):
        desk.ledger.sweeps.move(sweep_id, SweepState.RUNNING, attempt=first)
    assert desk.ledger.sweeps.move(sweep_id, SweepState.RUNNING, attempt=second)


def test_a_removed_sweep_leaves_nothing_behind(desk: Desk) -> None:
    sweep_id = desk.post()
    desk.run(sweep_id)
    with pytest.raises(WrongState, match="is confirming; only one that has ended can be deleted: stop it first"):
        desk.ledger.shelf.remove(sweep_id)
    desk.ledger.sweeps.end(sweep_id, SweepState.COMPLETED)
    desk.ledger.shelf.remove(sweep_id)
    assert desk.ledger.trials.page(sweep_id) == []
    assert desk.ledger.trials.epochs(sweep_id) == []
    assert desk.ledger.events.after(sweep_id, 0) == []
    with pytest.raises(NoSuchTrial):
        desk.ledger.trials.get(sweep_id, 0)


def test_events_tell_every_move_in_order(desk: Desk) -> None:
    sweep_id = desk.post()
    desk.run(sweep_id)
    events = desk.ledger.events.after(sweep_id, 0)
    states = [event.data["state"] for event in events if event.kind == "sweep.state"]
    assert states == ["queued", "starting", "running", "confirming"]
    assert sum(event.kind == "trial.finished" for event in events) == 4
    assert sum(event.kind == "confirmation.finished" for event in events) == 4
    assert desk.ledger.events.after(sweep_id, events[-2].id) == events[-1:]
