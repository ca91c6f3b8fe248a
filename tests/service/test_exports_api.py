"""Export over REST: every trial and every epoch once, with its values to the last digit."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pyarrow import parquet

from sweeps.export import parquet as parquet_file
from sweeps.export import table
from sweeps.ledger import Ledger, exports
from sweeps.states import TrialState
from tests.sweeps.booked import BookedSweep

Rows = list[dict[str, Any]]
COMPARE = [
    {"rule": "bp", "space": {"network.hidden": {"kind": "choice", "values": [[8], [8, 8]]}}},
    {"rule": "anp", "decorrelation": True, "fixed": {"noise_scale": 1e-3}},
]


@pytest.fixture
def sweep(ledger: Ledger, token: str) -> BookedSweep:
    """Five trials of two arms with two networks each, and a confirmation."""
    caller = ledger.accounts.caller(token)
    assert caller is not None
    booked = BookedSweep(ledger, team="elsewhere", compare=COMPARE, replicates=2)
    one_third: Any = {"learning_rate": 1 / 3, "network.hidden": [8, 8]}
    narrow: Any = {"learning_rate": 0.02, "network.hidden": [8]}
    booked.trial(0, value=0.1 + 0.2, epochs=3, seeds=(0, 1), **one_third)
    booked.trial(1, TrialState.DIVERGED, None, 1, (0, 1), learning_rate=1e-3, noise_scale=1e-3)
    booked.trial(2, TrialState.PRUNED, 0.5, 2, (0, 1), **narrow)
    booked.trial(3, TrialState.RUNNING, None, 0, (0, 1), learning_rate=0.02, noise_scale=1e-3)
    booked.trial(4, value=0.6, epochs=3, seeds=(0, 1), **narrow)
    booked.confirmed(4, [0.8, 0.9])
    return booked


@pytest.fixture
def export(address: str, ledger: Ledger, sweep: BookedSweep) -> Callable[..., httpx.Response]:
    token = ledger.accounts.new_token("ada", "test")
    headers = {"Authorization": f"Bearer {token}"}

    def get(**params: str | bool) -> httpx.Response:
        answer = httpx.get(f"{address}/api/v1/sweeps/{sweep.id}/trials/export", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    return get


def read(answer: httpx.Response) -> Rows:
    rows: Rows = parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    return rows


def test_a_row_a_trial_with_flat_columns(export: Callable[..., httpx.Response], sweep: BookedSweep) -> None:
    rows = read(export(format="parquet"))
    assert [row["trial"] for row in rows] == [0, 1, 2, 3, 4]
    first = rows[0]
    assert (first["sweep"], first["arm"], first["state"], first["value"]) == (sweep.id, "bp", "completed", 0.1 + 0.2)
    assert first["configuration.learning_rate"] == 1 / 3
    assert first["configuration.network.hidden"] == "[8, 8]"
    assert first["configuration.noise_scale"] is None
    assert rows[1]["configuration.noise_scale"] == 1e-3
    assert first["created_at"] == datetime.fromtimestamp(1_000, UTC)
    assert rows[3]["finished_at"] is None
    assert (
        first["validation_accuracy.seed-0"]
        == first["validation_accuracy.seed-1"]
        == sweep.curve(3)[3]["validation_accuracy"]
    )
    assert [rows[4][f"test_accuracy.seed-{1_000_000 + n}"] for n in (0, 1)] == [0.8, 0.9]
    assert rows[0]["test_accuracy.seed-1000000"] is None


def test_csv_holds_the_same(export: Callable[..., httpx.Response]) -> None:
    answer = export()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith('-trials.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    whole = read(export(format="parquet"))
    assert [list(row) for row in rows] == [list(row) for row in whole]
    assert float(rows[0]["value"]) == 0.1 + 0.2
    assert (rows[1]["value"], rows[0]["configuration.network.hidden"]) == ("", "[8, 8]")
    assert datetime.fromisoformat(rows[0]["created_at"]) == whole[0]["created_at"]


@pytest.mark.parametrize("at_once", [1, 7, 5_000])
def test_a_row_an_epoch_however_small_the_parts_are(
    at_once: int, export: Callable[..., httpx.Response], sweep: BookedSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "EPOCHS_AT_ONCE", at_once)
    monkeypatch.setattr(exports, "TRIALS_AT_ONCE", at_once)
    monkeypatch.setattr(parquet_file, "CELLS_OF_A_GROUP", at_once)
    rows = read(export(format="parquet", epochs=True))
    found = [(row["trial"], row["phase"], row["seed"], row["epoch"]) for row in rows]
    booked = sweep.ledger.trials.epochs(sweep.id)
    assert found == sorted((e.trial, e.phase, e.seed, e.epoch) for e in booked)
    assert len(found) == len(booked) > 20
    assert {row["arm"] for row in rows} == {"bp", "danp"}
    assert all(row["train_loss"] == sweep.curve(3)[int(str(row["epoch"]))]["train_loss"] for row in rows)
    assert [row["trial"] for row in read(export(format="parquet"))] == [0, 1, 2, 3, 4]


def test_a_sweep_without_trials_is_a_table_without_rows(ledger: Ledger, address: str) -> None:
    empty = BookedSweep(ledger, team="new")
    headers = {"Authorization": f"Bearer {ledger.accounts.new_token('ada', 'test')}"}
    path = f"{address}/api/v1/sweeps/{empty.id}/trials/export"
    assert read(httpx.get(path, params={"format": "parquet"}, headers=headers)) == []
    assert httpx.get(path, headers=headers).text.count("\n") == 1


@pytest.mark.parametrize(
    ("values", "kind"),
    [([True, False], "bool"), ([1, 2], "int"), ([1, 0.5], "float"), (["relu", None], "text"), ([True, 1], "text")],
)
def test_a_column_has_the_kind_that_holds_all_its_values(values: list[object], kind: str) -> None:
    assert table.kind_of(values) == kind  # type: ignore[arg-type]
