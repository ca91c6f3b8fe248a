"""How to run a sweep again: its specification as a file, and the commands that take it."""

import re

import yaml

from sweeps.report.models import Report

DIRTY = "-dirty"


def specification_yaml(report: Report) -> str:
    return yaml.safe_dump(report.specification, sort_keys=False, allow_unicode=True)


def commands(report: Report) -> list[str]:
    """For a shell: the sources that the sweep ran with, as far as they are known, then the sweep."""
    return [*_checkout(report.provenance.commit), f"npsweep submit {file_name(report)} --watch"]


def _checkout(commit: str | None) -> list[str]:
    if commit is None:
        return []
    committed = commit.removesuffix(DIRTY)
    warning = ["# The sources had changes that no commit holds: this is near to what the sweep ran with, not the same."]
    return [*(warning if commit != committed else []), f"git checkout {committed}"]


def file_name(report: Report) -> str:
    """What a shell takes as one word, whatever the sweep is called."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", report.name).strip("-").lower()[:60]
    return f"{kept or f'sweep-{report.sweep_id}'}.yaml"
