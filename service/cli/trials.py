"""Trials as CSV, and in files."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from sweeps.csv_rows import csv_lines

if TYPE_CHECKING:
    from service.answers.views import TrialSummary
    from service.client import Client

FIELDS = ("number", "arm", "state", "value", "spread", "epoch", "device_seconds", "origin", "reason")


def trial_csv(trials: Sequence["TrialSummary"]) -> str:
    """A line a trial; `npsweep export` has more columns."""
    paths = list(dict.fromkeys(path for trial in trials for path in trial.configuration))
    lines: list[list[object]] = [[*FIELDS, *(f"configuration.{path}" for path in paths)]]
    for trial in trials:
        cells = trial.model_dump(mode="json", include=set(FIELDS))
        lines.append([*(cells[name] for name in FIELDS), *(trial.configuration.get(path) for path in paths)])
    return csv_lines(lines)


def write_export(client: "Client", sweep_id: int, format: str, epochs: bool, output: Path | None, force: bool) -> None:
    """Writes the file beside its place and renames it, so that it is whole where it is there; with `force` over
    another."""
    if str(output) == "-":
        client.export(sweep_id, sys.stdout.buffer, format, epochs)
        return
    path = output or Path(f"sweep-{sweep_id}-{'epochs' if epochs else 'trials'}.{format}")
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} is there already; replace it with --force, or name another with --output")
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            client.export(sweep_id, file, format, epochs)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    Console(stderr=True).print(f"{path}: {path.stat().st_size:,} bytes", markup=False, highlight=False, soft_wrap=True)
