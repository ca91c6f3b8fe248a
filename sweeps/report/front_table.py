"""The Pareto front as a table, cell by cell."""

from learning import higher_is_better
from sweeps.report.columns import Column, one_line
from sweeps.report.models import Report
from sweeps.report.rounding import rounded, settings

ON_THE_FRONT_OF_ALL = "*"


def front_heading(report: Report) -> str:
    """What the table below it shows."""
    wanted = ", ".join(f"{name} ({'more' if higher_is_better(name) else 'less'})" for name in report.objectives)
    return f"Pareto front of each arm by {wanted} is better; {ON_THE_FRONT_OF_ALL} on the front of all arms"


def front_columns(report: Report) -> list[Column]:
    """One row a trial on its arm's front, the arms in order; no column where the sweep had one objective."""
    if not report.objectives:
        return []
    rows = [(arm, trial) for arm in report.arms for trial in arm.front]
    numbers = [f"{trial.trial}{ON_THE_FRONT_OF_ALL if trial.among_all else ' '}" for _, trial in rows]
    return [
        Column("arm", [one_line(arm.label) for arm, _ in rows], is_text=True),
        Column("trial", numbers),
        *(Column(name, [rounded(trial.objectives[name]) for _, trial in rows]) for name in report.objectives),
        Column("configuration", [settings(trial.configuration) for _, trial in rows], is_text=True),
    ]
