"""The table as text, cell by cell, and the notes that belong under it: the same for the terminal and for Markdown."""

from dataclasses import dataclass

from sweeps.report.best import best_mean, not_told_apart, partners
from sweeps.report.models import ArmReport, Difference, Report
from sweeps.report.rounding import NOTHING, configured, counted, difference, duration, interval, settings, with_spread
from sweeps.states import TrialState

MOST_PAIRS = 6
PLANNED = (TrialState.COMPLETED, TrialState.PRUNED)
"""How a trial ends where nothing goes wrong."""
UNSUPPORTED = "≈"


@dataclass(frozen=True)
class Column:
    """One column; `title` may break at a newline."""

    title: str
    cells: list[str]
    is_text: bool = False


def columns(report: Report, with_configurations: bool) -> list[Column]:
    """The table, one cell an arm; the best configurations a column a path, or left out."""
    arms, best = report.arms, best_arm(report)
    close = close_to_best(report)
    searched = searched_paths(report) if with_configurations else []
    return [
        Column("arm", [one_line(arm.label) for arm in arms], is_text=True),
        Column("best\ntrial", [NOTHING if arm.best_trial is None else str(arm.best_trial) for arm in arms]),
        *(_searched(report, path) for path in searched),
        Column(_title(report.metric), [with_spread(arm.validation, arm.spread) for arm in arms]),
        Column(f"{_title(report.test_metric)} (n)", [_tested(arm, arm is best, arm.label in close) for arm in arms]),
        Column("95 % interval\nof its mean", [interval(arm.test) for arm in arms]),
        Column("trials\nended", [_ended(arm, report.budget) for arm in arms]),
        Column("networks\ntrained", [str(arm.networks_trained) for arm in arms]),
        Column("device\ntime", [duration(arm.device_seconds) for arm in arms]),
    ]


def best_arm(report: Report) -> ArmReport | None:
    """The arm with the best mean on the test split."""
    best = best_mean(((arm.label, arm.test) for arm in report.arms), report.maximise)
    return next((arm for arm in report.arms if arm.label == best), None)


def close_to_best(report: Report) -> set[str]:
    """The arms whose distance from the best one was tested and is not supported by the seeds."""
    best = best_arm(report)
    return partners(best.label, not_told_apart(report.differences)) if best else set()


def searched_paths(report: Report) -> list[str]:
    """Every path of a best configuration, in order of appearance."""
    return list(dict.fromkeys(path for arm in report.arms for path in arm.best_configuration or {}))


def configurations(report: Report) -> list[str]:
    """The best configurations, a line an arm, for a table without them."""
    return [f"{arm.label}: {settings(arm.best_configuration)}" for arm in report.arms if arm.best_configuration]


def configuration_columns(report: Report) -> list[Column]:
    """The best configurations as a table of their own, one cell an arm; only the arm's name where there are none."""
    arms = Column("arm", [one_line(arm.label) for arm in report.arms], is_text=True)
    return [arms, *(_searched(report, path) for path in searched_paths(report))]


def heading(report: Report) -> list[str]:
    """What was done, in three lines."""
    optimiser = report.training["optimiser"]["name"]
    networks, seeds = len(report.search_seeds), len(report.confirmation_seeds)
    return [
        f"sweep {report.sweep_id}: {report.name}, {report.state}{_run_time(report)}",
        f"data {report.data['name']}; network {_described(report.network)}; {report.training['epochs']} epochs, "
        f"batch {report.training['batch_size']}, {optimiser}, {report.training['loss']}",
        f"each arm: {counted(report.budget, 'trial')} of {counted(networks, 'network')}, the best by {report.metric}, "
        f"then {counted(seeds, 'fresh seed')} measured once by {report.test_metric}",
    ]


def _run_time(report: Report) -> str:
    return "" if report.wall_seconds is None else f" after {duration(report.wall_seconds)} of run time"


def notes(report: Report) -> list[str]:
    """What a reader must know before believing the table."""
    return [*_state(report), *_missing(report), *_unsupported(report), *_legend(report)]


def made_with(report: Report) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in report.provenance.packages.items())
    commit = f", commit {report.provenance.commit}" if report.provenance.commit else ""
    return f"python {report.provenance.python}, {packages}{commit}"


def one_line(text: str) -> str:
    """Whatever in a name would break the line, or command the terminal, becomes a space."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _title(metric: str) -> str:
    return metric.replace("_", "\n", 1).replace("_", " ")


def _searched(report: Report, path: str) -> Column:
    found = [arm.best_configuration or {} for arm in report.arms]
    cells = [configured(values[path]) if path in values else NOTHING for values in found]
    return Column(path.replace("_", "_\n", 1) if "_" in path else path.replace(".", ".\n", 1), cells)


def _tested(arm: ArmReport, is_best: bool, is_close: bool) -> str:
    mark = "*" if is_best else UNSUPPORTED if is_close else " "
    return f"{with_spread(arm.test.mean, arm.test.std)} ({arm.test.n}){mark}" if arm.test else f"{NOTHING} "


def _ended(arm: ArmReport, budget: int) -> str:
    return f"{sum(count for state, count in arm.trials.items() if state.is_final)}/{budget}"


def _described(document: dict[str, object]) -> str:
    words = (str(value) if name in ("kind", "activation") else f"{name} {value}" for name, value in document.items())
    return ", ".join(words)


def _state(report: Report) -> list[str]:
    if report.finished:
        return []
    why = f" ({report.reason})" if report.reason else ""
    if report.state.is_final:
        return [f"The sweep is {report.state}{why}: the table holds what was measured until then."]
    return [f"The sweep is {report.state}: the table is provisional."]


def _missing(report: Report) -> list[str]:
    """Pruning is what a sweep is told to do: one line for all arms. Anything else is each arm's own."""
    lines = []
    pruned = {arm.label: arm.trials.get(TrialState.PRUNED, 0) for arm in report.arms}
    if any(pruned.values()):
        counts = ", ".join(f"{label} {count}" for label, count in pruned.items())
        lines.append(f"Trials that were pruned, and so gave no value: {counts}.")
    for arm in report.arms:
        done = arm.trials.get(TrialState.COMPLETED, 0)
        others = {state: count for state, count in arm.trials.items() if state not in PLANNED}
        if others:
            counts = ", ".join(f"{count} {state}" for state, count in others.items())
            lines.append(f"{arm.label}: {counted(done, 'trial') if done else 'no trial'} completed, {counts}.")
        elif not done and pruned[arm.label]:
            lines.append(f"{arm.label}: no trial completed.")
        ended = [seed for seed in arm.seeds if seed.state.is_final]
        if any(seed.test is None for seed in ended):
            states = ", ".join(f"seed {seed.seed} {seed.state}" for seed in ended if seed.test is None)
            lines.append(f"{arm.label}: confirmed by {arm.test.n if arm.test else 0} of {len(ended)} seeds; {states}.")
    return lines


def _unsupported(report: Report) -> list[str]:
    pairs = [_pair(pair) for pair in not_told_apart(report.differences)]
    if not pairs:
        return []
    more = f"; and {len(pairs) - MOST_PAIRS} pairs more" if len(pairs) > MOST_PAIRS else ""
    return [f"The seeds do not support a difference between {'; '.join(pairs[:MOST_PAIRS])}{more}."]


def _pair(pair: Difference) -> str:
    found = pair.comparison
    return f"{pair.first} and {pair.second} ({difference(found.difference)}, p {found.p_value:.2f})"


def _legend(report: Report) -> list[str]:
    if best_arm(report) is None:
        return []
    if len(report.confirmation_seeds) == 1:
        return ["One confirmation seed an arm: the spread between seeds is not known, so one seed tells no arms apart."]
    lines = ["Test: mean ± sample standard deviation over n confirmation seeds, interval by Student's t; * best mean"]
    if close_to_best(report):
        lines.append(f"{UNSUPPORTED} not told apart from it (Welch's test, 5 %, each pair by itself)")
    return ["; ".join(lines) + "."]
