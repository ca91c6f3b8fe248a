"""The service's log, as text for people or as one JSON object a line for programs; each line with its request's id."""

import json
import logging
from datetime import UTC, datetime
from typing import Literal

from service.request_ids import request_id
from sweeps.redaction import redacted

LogFormat = Literal["text", "json"]


def set_up_logs(format: LogFormat) -> None:
    """Once a process."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if format == "json" else TextLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)


class TextLines(logging.Formatter):
    """2026-11-01 12:00:00,000 INFO npsweep.access [3f0c…]: method=GET …"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        own = request_id.get()
        record.request = f" [{own}]" if own else ""
        return redacted(super().format(record))


class JsonLines(logging.Formatter):
    """`{"at": …, "level": …, "logger": …, "request_id": …, "message": …}`; of a request also its route and so on."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
            "message": redacted(record.getMessage()),
        }
        line |= getattr(record, "told", {})
        if record.exc_info:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, default=str)
