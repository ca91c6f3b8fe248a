"""Ledgers that earlier versions wrote still open, with everything in them."""

import sqlite3
from pathlib import Path

import pytest

from sweeps.ledger import Ledger
from sweeps.replay import replay
from sweeps.report import build_report
from sweeps.roles import Scope
from sweeps.spec import SweepSpec
from sweeps.states import SweepState

STORED = sorted((Path(__file__).parent / "ledgers").glob("*.sql"))


@pytest.fixture(params=STORED, ids=lambda path: path.stem)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    """A finished sweep of two arms with four trials each; the file is named after the migration it was at."""
    file = tmp_path / "ledger.db"
    database = sqlite3.connect(file)
    database.executescript(request.param.read_text())
    database.close()
    opened = Ledger(f"sqlite:///{file}")
    opened.migrate()
    return opened


def test_a_stored_ledger_opens_with_its_sweep_and_report(ledger: Ledger) -> None:
    sweep = ledger.sweeps.get(1)
    assert sweep.state is SweepState.COMPLETED
    assert len(ledger.trials.page(1)) == 8
    assert all(arm.test is not None for arm in build_report(ledger, 1).arms)


def test_the_suggestions_of_a_stored_ledger_can_be_made_again(ledger: Ledger) -> None:
    spec, trials = SweepSpec.model_validate(ledger.sweeps.get(1).spec), ledger.trials.page(1)
    for arm in range(2):
        own = [trial for trial in trials if trial.arm == arm]
        assert [one.agrees for one in replay(spec, arm, own)] == [True] * 4


def test_a_stored_ledger_takes_new_sweeps(ledger: Ledger) -> None:
    posted = ledger.sweeps.post(1, 1, ledger.sweeps.get(1).spec)
    assert (posted.id, posted.state) == (2, SweepState.QUEUED)


def test_the_first_user_of_a_stored_ledger_becomes_an_operator_and_old_tokens_stay_valid(ledger: Ledger) -> None:
    first, *others = ledger.users.page(1, 10)
    assert (first.is_operator, first.role, [user.is_operator for user in others]) == (True, "admin", [])
    assert {(token.scope, token.hint) for token in ledger.tokens.page(1, 10)} == {(Scope.ADMIN, None)}
