"""The report as LaTeX: tables that fit the text of an article, ready to be input into a paper."""

from collections.abc import Sequence
from itertools import islice

from sweeps.report.columns import best_arm, close_to_best, heading, made_with, notes, one_line, searched_paths
from sweeps.report.front_table import ON_THE_FRONT_OF_ALL, front_heading
from sweeps.report.latex_text import escaped, number
from sweeps.report.models import ArmReport, FrontTrial, Report
from sweeps.report.rounding import NOTHING, configured, duration, interval, rounded, with_spread
from sweeps.space import Value

MOST_PATHS = 5
"""Searched, a column each; more would not fit beside each other."""
LONGEST_LABEL = 24
"""Of an arm, in one line."""
MOST_ON_FRONTS = 30
"""Trials in the table of fronts, which stands on one page."""

Rows = Sequence[Sequence[str]]


def latex(report: Report) -> str:
    """Needs booktabs, and T1 fonts for quotation marks in names."""
    lines = [
        r"% Made by npsweep. In the preamble: \usepackage{booktabs}",
        r"% and, where a name holds quotation marks: \usepackage[T1]{fontenc}",
        *(f"% {one_line(line)}" for line in (*heading(report), made_with(report))),
        *_table(report, _caption(report), "arms", *_arms(report)),
    ]
    if searched_paths(report):
        lines += ["", *_table(report, "Best configuration of each arm.", "configurations", *_configurations(report))]
    if any(arm.front for arm in report.arms):
        lines += ["", *_table(report, _front_caption(report), "fronts", *_fronts(report))]
    lines += ["", *_table(report, "What each arm took.", "costs", *_costs(report))]
    return "\n".join([*lines, "", *(f"% {one_line(line)}" for line in notes(report))]).rstrip() + "\n"


def _caption(report: Report) -> str:
    seeds = len(report.confirmation_seeds)
    text = (
        f"{report.name}: {report.test_metric} on {report.data['name']}, mean ± standard deviation "
        f"over {seeds} confirmation seed{'' if seeds == 1 else 's'} (n that gave a figure)"
    )
    more = "; bold: best mean" if best_arm(report) else ""
    more += "; ≈ not told apart from it (Welch's test, 5 %)" if close_to_best(report) else ""
    state = "" if report.finished else f" The sweep is {report.state}: what stands here is not its final result."
    return f"{text}{more}.{state}"


def _arms(report: Report) -> tuple[list[str], Rows]:
    best, close = best_arm(report), close_to_best(report)
    titles = ["Arm", "Validation", "Test", "$n$", r"95\,\% interval"]
    return titles, [_row(arm, arm is best, arm.label in close) for arm in report.arms]


def _row(arm: ArmReport, is_best: bool, is_close: bool) -> list[str]:
    tested = number(with_spread(arm.test.mean, arm.test.std)) if arm.test else NOTHING
    if is_best:
        tested = rf"{{\boldmath\bfseries {tested}}}"
    return [
        _label(arm),
        number(with_spread(arm.validation, arm.spread)),
        tested + (r" $\approx$" if is_close else ""),
        str(arm.test.n if arm.test else 0),
        "--".join(number(part) for part in interval(arm.test).split("–")),
    ]


def _configurations(report: Report) -> tuple[list[str], Rows]:
    paths, arms = searched_paths(report), report.arms
    if len(paths) > MOST_PATHS:
        return ["Arm", ""], [[_label(arm), _in_words(arm.best_configuration or {}, 0.7)] for arm in arms]
    rows = [[_label(arm), *(_configured(arm, path) for path in paths)] for arm in arms]
    return ["Arm", *map(_title, paths)], rows


def _configured(arm: ArmReport, path: str) -> str:
    found = arm.best_configuration or {}
    return number(configured(found[path])) if path in found else NOTHING


def _front_caption(report: Report) -> str:
    whole = sum(len(arm.front) for arm in report.arms)
    cut = f"; the first {MOST_ON_FRONTS} of {whole} trials" if whole > MOST_ON_FRONTS else ""
    return f"{front_heading(report)}{cut}."


def _fronts(report: Report) -> tuple[list[str], Rows]:
    trials = ((arm, trial) for arm in report.arms for trial in arm.front)
    titles = ["Arm", "Trial", *map(_title, report.objectives), "Configuration"]
    return titles, [_on_front(report, *found) for found in islice(trials, MOST_ON_FRONTS)]


def _on_front(report: Report, arm: ArmReport, trial: FrontTrial) -> list[str]:
    mark = escaped(ON_THE_FRONT_OF_ALL) if trial.among_all else ""
    values = [number(rounded(trial.objectives[name])) for name in report.objectives]
    return [_label(arm), f"{trial.trial}{mark}", *values, _in_words(trial.configuration, 0.38)]


def _costs(report: Report) -> tuple[list[str], Rows]:
    return ["Arm", "Trials", "Networks", "Device time"], [
        [
            _label(arm),
            str(sum(count for state, count in arm.trials.items() if state.is_final)),
            str(arm.networks_trained),
            duration(arm.device_seconds).replace(" ", r"\,"),
        ]
        for arm in report.arms
    ]


def _label(arm: ArmReport) -> str:
    text = escaped(arm.label)
    return text if len(arm.label) <= LONGEST_LABEL else _filled(text, 0.3)


def _in_words(configuration: dict[str, Value], width: float) -> str:
    text = ", ".join(f"{escaped(path)}~{number(configured(value))}" for path, value in configuration.items())
    return _filled(text or NOTHING, width)


def _filled(text: str, width: float) -> str:
    """In as many lines as it needs. `width`: as a part of the page's."""
    return rf"\parbox[t]{{{width}\linewidth}}{{\raggedright {text}\strut}}"


def _title(name: str) -> str:
    """A name above its column, a word a line."""
    words = escaped(name.replace("_", " ").replace(".", " ")).split(" ")
    return r"\shortstack[r]{" + r"\\".join(words) + "}"


def _table(report: Report, caption: str, name: str, titles: Sequence[str], rows: Rows) -> list[str]:
    return [
        r"\begin{table}[htbp]",
        r"  \centering\small\setlength{\tabcolsep}{4pt}",
        rf"  \caption{{{escaped(caption)}}}",
        rf"  \label{{tab:sweep-{report.sweep_id}-{name}}}",
        rf"  \begin{{tabular}}{{l{'r' * (len(titles) - 1)}}}",
        r"    \toprule",
        f"    {' & '.join(titles)} \\\\",
        r"    \midrule",
        *(f"    {' & '.join(row)} \\\\" for row in rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
