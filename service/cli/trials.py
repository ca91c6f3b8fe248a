"""Trials in a terminal, as CSV, and in files."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from service.cli.formatting import duration, number
from service.cli.show import table

if TYPE_CHECKING:
    from service.client import Client
    from service.views import TrialSummary

FIELDS = ("number", "arm", "state", "value", "spread", "epoch", "device_seconds", "origin", "reason")


def trial_list(trials: Sequence["TrialSummary"]) -> RenderableType:
    shown = table("trial", "arm", "state", "value", "epochs", "device time", "configuration", "")
    for trial in trials:
        value = number(trial.value) if trial.spread is None else f"{number(trial.value)} ± {number(trial.spread)}"
        configuration = ", ".join(f"{path} {_configured(one)}" for path, one in trial.configuration.items())
        shown.add_row(
            *(str(trial.number), trial.arm, trial.state, value, str(trial.epoch), duration(trial.device_seconds)),
            *(Text(configuration), Text(_first_line(trial.reason))),
        )
    return shown if shown.row_count else Text("no such trials yet")


def trial_csv(trials: Sequence["TrialSummary"]) -> str:
    """A line a trial; `npsweep export` has more columns."""
    paths = list(dict.fromkeys(path for trial in trials for path in trial.configuration))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*FIELDS, *(f"configuration.{path}" for path in paths)])
    for trial in trials:
        cells = trial.model_dump(mode="json", include=set(FIELDS))
        writer.writerow([*(cells[name] for name in FIELDS), *(trial.configuration.get(path) for path in paths)])
    return text.getvalue()


def write_export(client: "Client", sweep_id: int, format: str, epochs: bool, output: Path | None) -> None:
    """Writes the file beside its place and renames it, so that it is whole where it is there."""
    if str(output) == "-":
        client.export(sweep_id, sys.stdout.buffer, format, epochs)
        return
    path = output or Path(f"sweep-{sweep_id}-{'epochs' if epochs else 'trials'}.{format}")
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            client.export(sweep_id, file, format, epochs)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    Console(stderr=True).print(f"{path}: {path.stat().st_size:,} bytes", markup=False, highlight=False, soft_wrap=True)


def _configured(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _first_line(text: str | None) -> str:
    return text.splitlines()[0] if text else ""
