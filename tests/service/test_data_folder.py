"""The data folder touches nothing that is not npsweep's; what a start tells programs."""

import stat
from pathlib import Path

import pytest

from service.cli.up import ready
from service.stack.folder import FOLDERS, DataFolder, NotADataFolder
from service.stack.record import Identity, Ports, StackRecord


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_of_other_things_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    (tmp_path / "run").mkdir()
    tmp_path.chmod(0o755)
    with pytest.raises(NotADataFolder, match="--data-dir"):
        DataFolder(tmp_path).create()
    assert mode(tmp_path) == 0o755
    assert {entry.name for entry in tmp_path.iterdir()} == {"thesis.tex", "run"}


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADataFolder):
        DataFolder(tmp_path / "file").create()


@pytest.mark.parametrize("names", [[], ["demo"], ["datasets"], [*sorted(FOLDERS), "made-by-npsweep-demo"]])
def test_a_folder_of_ours_is_completed_and_closed_to_others(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).mkdir()
    tmp_path.chmod(0o755)
    DataFolder(tmp_path).create()
    assert mode(tmp_path) == 0o700
    assert {entry.name for entry in tmp_path.iterdir()} >= FOLDERS


def test_a_folder_with_a_ledger_is_ours_whatever_else_was_put_there(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    (tmp_path / "report.md").touch()
    DataFolder(tmp_path).create()
    assert (tmp_path / "run").is_dir()


def test_programs_are_told_the_first_token_once(tmp_path: Path) -> None:
    ports = Ports(api=1, mlflow=2, ray=3, dashboard=4, others=[])
    record = StackRecord(id="a", supervisor=Identity(pid=1, created=0.0), ports=ports, sockets=tmp_path)
    assert ready(record, DataFolder(tmp_path), "nps_first", 1.0)["admin_token"] == "nps_first"
    assert "admin_token" not in ready(record, DataFolder(tmp_path), None, 1.0)
