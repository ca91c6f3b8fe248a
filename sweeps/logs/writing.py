"""Keeps what a process of a sweep logs, beside what it prints."""

import logging
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sweeps.logs.names import file
from sweeps.redaction import redacted

log = logging.getLogger(__name__)

MOST_BYTES = 20_000_000
"""Of one file: a process that never stops complaining must not fill the storage."""
OURS = ("sweeps", "learning")


class PlainLines(logging.Formatter):
    """The time in UTC, the level, who says it, and what; a traceback follows in lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        at = datetime.fromtimestamp(record.created, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class LogFile(logging.FileHandler):
    """Opened with its first line. Where it cannot be written, nobody is disturbed: a log is not worth a sweep."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace", delay=True)
        self.setFormatter(PlainLines())

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # it may not even be opened
            if self.stream is None or self.stream.tell() < MOST_BYTES:
                super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        pass


def keep_log(root: Path, sweep_id: int, attempt: int, source: str) -> None:
    """From now on this process's log goes into its file of the storage `root`, too; warnings of libraries with it."""
    path = file(root, sweep_id, attempt, source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        log.warning("what this process says is not kept: %s", error)
        return
    logging.getLogger().addHandler(LogFile(path))
    logging.captureWarnings(capture=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    log.info("%s begins: process %d on %s", source, os.getpid(), socket.gethostname())
