"""Logs of a sweep: written by processes that may not be disturbed, read in order and in parts."""

import logging
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from sweeps.logs import reading, writing
from sweeps.logs.names import file, lane
from sweeps.logs.reading import LogEntry, Logs, Position


def write(root: Path, attempt: int, source: str, *lines: str) -> None:
    path = file(root, 7, attempt, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as opened:
        opened.writelines(f"{line}\n" for line in lines)


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}.000Z"


def said(root: Path, position: Position | None = None, **wanted: object) -> list[tuple[int, str, str]]:
    found = Logs(root).entries(7, position or {}, **wanted)  # type: ignore[arg-type]
    return [(entry.attempt, entry.source, entry.text) for entry, _ in found]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, 1, "driver", f"{at(1)} begin", f"{at(4)} failed", "Traceback:", "  line", f"{at(6)} end")
    write(tmp_path, 1, lane(0), f"{at(2)} zero", f"{at(5)} zero again")
    write(tmp_path, 2, lane(1), f"{at(3)} one")
    return tmp_path


def test_entries_of_all_files_come_in_order_and_keep_their_lines(root: Path) -> None:
    assert said(root) == [
        (1, "driver", "begin"),
        (1, "lane-0", "zero"),
        (2, "lane-1", "one"),
        (1, "driver", "failed\nTraceback:\n  line"),
        (1, "lane-0", "zero again"),
        (1, "driver", "end"),
    ]


def test_one_attempt_and_one_source_can_be_asked_for(root: Path) -> None:
    assert {one[0] for one in said(root, attempt=2)} == {2}
    assert {one[1] for one in said(root, source="lane")} == {"lane-0", "lane-1"}
    assert [one[2] for one in said(root, source="lane-0")] == ["zero", "zero again"]
    assert said(root, source="coordinator") == []


@pytest.mark.parametrize("part_bytes", [40, 64, 256_000])
def test_a_reader_goes_on_where_it_was_however_small_the_parts_are(
    part_bytes: int, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = said(root)
    monkeypatch.setattr(reading, "PART_BYTES", part_bytes)
    position: Position = {}
    found: list[LogEntry] = []
    while part := list(islice(Logs(root).entries(7, position), 2)):
        found += [entry for entry, _ in part]
        position = part[-1][1]
    assert [(entry.attempt, entry.source, entry.text) for entry in found] == whole
    write(root, 2, lane(1), f"{at(9)} later")
    assert said(root, position) == [(2, "lane-1", "later")]


def test_a_line_that_is_being_written_is_left_for_later(root: Path) -> None:
    with file(root, 7, 1, "driver").open("a") as opened:
        opened.write(f"{at(8)} hal")
        opened.flush()
        assert said(root)[-1][2] == "end"
        opened.write("f\n")
    assert said(root)[-1][2] == "half"


def test_what_no_process_wrote_is_no_log(tmp_path: Path) -> None:
    assert said(tmp_path) == []
    (tmp_path / "logs" / "7" / "odd").mkdir(parents=True)
    (tmp_path / "logs" / "7" / "odd" / "driver.log").write_text("?\n")
    assert said(tmp_path) == []


PROCESS = """
import logging, sys, warnings
from pathlib import Path
from sweeps.logs import writing
writing.MOST_BYTES = 600
writing.keep_log(Path(sys.argv[1]), 7, 1, "driver")
log = logging.getLogger("sweeps.test")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("no")
warnings.warn("odd")
logging.getLogger("ray").info("not ours")
for number in range(100):
    log.info("line %d", number)
"""


def test_a_process_keeps_what_it_says_up_to_a_size(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", PROCESS, str(tmp_path)], check=True, capture_output=True)
    texts = [one[2] for one in said(tmp_path)]
    assert texts[0].startswith("INFO sweeps.logs.writing: driver begins: process ")
    assert texts[1].startswith("ERROR sweeps.test: no\nTraceback")
    assert texts[1].endswith("ZeroDivisionError: division by zero")
    assert "UserWarning: odd" in texts[2]
    assert texts[3] == "INFO sweeps.test: line 0"
    assert 4 <= len(texts) < 20


def test_a_storage_that_takes_no_log_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    subprocess.run([sys.executable, "-c", PROCESS, str(tmp_path)], check=True, capture_output=True)
    handler = writing.LogFile(tmp_path / "logs" / "driver.log")
    handler.emit(logging.LogRecord("sweeps", logging.INFO, __file__, 1, "lost", None, None))
    handler.close()


def test_a_place_within_a_line_leads_to_the_next_one(root: Path) -> None:
    """What stands before a secret tells that it is one: nobody may read on from behind it."""
    write(root, 1, "coordinator", f"{at(7)} password=hunter2", f"{at(8)} end")
    size = file(root, 7, 1, "coordinator").stat().st_size
    for place in range(1, size):
        assert not any("hunter2" in text for _, _, text in said(root, {"1/coordinator": place}, source="coordinator"))
    with file(root, 7, 1, "coordinator").open("a") as opened:
        opened.write(f"{at(9)} password=hunter2")  # and goes on
    for place in range(size, size + 30):
        assert said(root, {"1/coordinator": place}, source="coordinator") == []


def test_what_is_kept_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "one.log"
    record = logging.LogRecord("sweeps", logging.ERROR, "", 0, "no password=%s", ("hunter2",), None)
    handler = writing.LogFile(path)
    handler.emit(record)
    handler.close()
    assert "hunter2" not in path.read_text()
    assert "no password=***" in path.read_text()
