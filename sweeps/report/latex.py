"""The report as LaTeX: a table of the arms and one of their best configurations, ready to be input into a paper."""

import re
from collections.abc import Sequence

from sweeps.report.columns import best_arm, close_to_best, heading, made_with, notes, one_line, searched_paths
from sweeps.report.models import ArmReport, Report
from sweeps.report.rounding import NOTHING, configured, duration, interval, with_spread

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # after the end of a row, [ and * would belong to it
    "*": "{*}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≈": r"$\approx$",
    "–": "--",
    "…": r"\dots{}",
    "σ": r"$\sigma$",
    "α": r"$\alpha$",
}


def escaped(text: str) -> str:
    """Text as LaTeX prints it, in one line; a sign that commands LaTeX is printed, not obeyed."""
    return "".join(SIGNS.get(sign, sign) for sign in one_line(text))


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


def _arms(report: Report) -> tuple[list[str], list[list[str]]]:
    best, close = best_arm(report), close_to_best(report)
    titles = ["Arm", "Validation", "Test", "$n$", r"95\,\% interval", "Trials", "Networks", "Device time"]
    rows = [_row(arm, arm is best, arm.label in close) for arm in report.arms]
    return titles, rows


def _row(arm: ArmReport, is_best: bool, is_close: bool) -> list[str]:
    tested = _number(with_spread(arm.test.mean, arm.test.std)) if arm.test else NOTHING
    if is_best:
        tested = rf"{{\boldmath\bfseries {tested}}}"
    return [
        escaped(arm.label),
        _number(with_spread(arm.validation, arm.spread)),
        tested + (r" $\approx$" if is_close else ""),
        str(arm.test.n if arm.test else 0),
        "--".join(_number(part) for part in interval(arm.test).split("–")),
        str(sum(count for state, count in arm.trials.items() if state.is_final)),
        str(arm.networks_trained),
        duration(arm.device_seconds).replace(" ", r"\,"),
    ]


def _configurations(report: Report) -> tuple[list[str], list[list[str]]]:
    paths = searched_paths(report)
    titles = ["Arm", *(escaped(path.replace("_", " ")) for path in paths)]
    return titles, [[escaped(arm.label), *(_configured(arm, path) for path in paths)] for arm in report.arms]


def _configured(arm: ArmReport, path: str) -> str:
    found = arm.best_configuration or {}
    return _number(configured(found[path])) if path in found else NOTHING


def _table(report: Report, caption: str, name: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        r"\begin{table}[htbp]",
        r"  \centering",
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


def _number(text: str) -> str:
    """A figure in mathematics, with powers of ten; anything else as text."""
    parts = text.split(" ± ")
    if not all(re.fullmatch(r"-?[\d.]+(e[-+]?\d+)?", part) for part in parts):
        return escaped(text)
    return "$" + r" \pm ".join(_power(part) for part in parts) + "$"


def _power(number: str) -> str:
    digits, _, exponent = number.partition("e")
    return rf"{digits} \times 10^{{{int(exponent)}}}" if exponent else digits
