"""How to run a sweep again: its specification as a file, and the commands that take it."""

import re

import yaml

from sweeps.report.models import Report


def specification_yaml(report: Report) -> str:
    return yaml.safe_dump(report.specification, sort_keys=False, allow_unicode=True)


def commands(report: Report) -> list[str]:
    """For a shell: the sources that the sweep ran with, where they are known, then the sweep."""
    commit = report.provenance.commit
    checkout = [f"git checkout {commit.removesuffix('-dirty')}"] if commit else []
    return [*checkout, f"npsweep submit {file_name(report)} --watch"]


def file_name(report: Report) -> str:
    """What a shell takes as one word, whatever the sweep is called."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", report.name).strip("-").lower()[:60]
    return f"{kept or f'sweep-{report.sweep_id}'}.yaml"
