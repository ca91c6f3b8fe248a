"""The report for paper and for a disk: LaTeX, one HTML file, figures."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sweeps.report import FIGURES, REPORT_FORMATS, Report, ReportFormat, build_report, draw_figure, write_report
from sweeps.report.drawing import measure
from sweeps.report.drawing.draw import drawn
from sweeps.report.latex import MOST_ON_FRONTS, latex
from sweeps.report.latex_text import MATHEMATICS, SIGNS, escaped
from sweeps.report.models import FrontTrial
from sweeps.states import SweepState, TrialState
from tests.sweeps.booked import BookedSweep, open_ledger

HOSTILE = '<script>alert("1")</script> & 50 % $x_1$ {~^} \\input'


@pytest.fixture
def sweep(tmp_path: Path) -> BookedSweep:
    """bp, and decorrelated anp under a name that means something in every format; both confirmed."""
    arms = [{"rule": "bp"}, {"rule": "anp", "decorrelation": True, "name": HOSTILE}]
    booked = BookedSweep(open_ledger(tmp_path), compare=arms)
    for number in range(8):
        searched: dict[str, Any] = {"learning_rate": 1e-3}
        if number % 2:
            searched |= {"noise_scale": (number + 1) / 1000, "decorrelation_rate": (number + 1) / 10_000}
        booked.trial(number, value=0.5 + number / 100, **searched)
    booked.confirmed(6, [0.80, 0.81, 0.82])
    booked.confirmed(7, [0.90, 0.91, 0.92])
    return booked


def written(sweep: BookedSweep, format: ReportFormat) -> str:
    return write_report(sweep.ledger, build_report(sweep.ledger, sweep.id), format)


class Reader(HTMLParser):
    """Elements, ids and addresses of a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "action"):
                self.addresses.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_one_html_file_needs_nothing_else_and_runs_nothing(sweep: BookedSweep) -> None:
    text = written(sweep, "html")
    page = Reader(text)
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(page.tags)
    assert all(address.startswith("#") for address in page.addresses)
    assert not re.search(r"@import|url\((?!#)", text)
    assert page.tags.count("figure") == len(FIGURES)
    assert len(page.ids) == len(set(page.ids)), "two figures use an id twice"
    assert HOSTILE in page.text
    assert "name: quickstart" in page.text
    assert "npsweep submit quickstart.yaml" in page.text


def test_what_a_drawing_refers_to_is_in_it(sweep: BookedSweep) -> None:
    text = written(sweep, "html")
    referred = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
    assert referred
    assert referred <= set(Reader(text).ids)


def test_the_table_in_latex_is_whole_and_escapes_names(sweep: BookedSweep) -> None:
    text = written(sweep, "tex")
    code = [line for line in text.splitlines() if not line.startswith("%")]
    tables = [body.split(r"\end{tabular}")[0] for body in "\n".join(code).split(r"\begin{tabular}")[1:]]
    assert len(tables) == 3
    for table in tables:
        columns = len(re.fullmatch(r"\{(lr*)\}", table.splitlines()[0]).group(1))  # type: ignore[union-attr]
        rows = [line for line in table.splitlines() if line.endswith(r"\\")]
        assert [len(re.findall(r"(?<!\\)&", row)) for row in rows] == [columns - 1] * 3
    assert r"\usepackage{booktabs}" in text
    assert r"{\boldmath\bfseries $0.9100 \pm 0.0100$}" in text
    assert escaped(HOSTILE) in text
    assert "<script>" not in "\n".join(code)


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("50 % & more_of #1", r"50 \% \& more\_of \#1"),
        ("$x^2$ ~ {a}", r"\$x\textasciicircum{}2\$ \textasciitilde{} \{a\}"),
        ("\\input{secret}", r"\textbackslash{}input\{secret\}"),
        ("[a] *", "{[}a] {*}"),
        ("0.91 ± 0.01 ≈ σ", r"0.91 $\pm$ 0.01 $\approx$ $\sigma$"),
        ("two\nlines", "two lines"),
        ("η-decay ≤ 3 → ΔΑ₁", r"$\eta$-decay $\leq$ 3 $\to$ $\Delta$$A$$_{1}$"),
        ("Schrödinger, Erdős", r"Schr\"{o}dinger, Erd\H{o}s"),
        ("雪 ☃", r"\texttt{U+96EA} \texttt{U+2603}"),
    ],
)
def test_latex_prints_every_sign_of_a_name(name: str, latex: str) -> None:
    assert escaped(name) == latex


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_pdflatex_sets_the_tables_within_the_text_of_an_article_whatever_arms_are_called(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    signs = "".join(one for one in (*SIGNS, *MATHEMATICS, *"éőžß☃") if one.isprintable())
    names = [HOSTILE, *(signs[start : start + 40] for start in range(0, len(signs), 40))]
    odd = [{"rule": "bp", "name": name} for name in names]
    plain = [{"rule": "bp"}, {"rule": "anp", "decorrelation": True}]
    for name, arms in (("plain", plain), ("odd", odd)):
        booked = BookedSweep(ledger, team=name, compare=arms)
        for number in range(len(arms)):
            booked.trial(number, learning_rate=1e-3, noise_scale=1e-3, decorrelation_rate=1e-3)
            booked.confirmed(number, [0.91, 0.92])
        (tmp_path / f"{name}.tex").write_text(latex(with_fronts(build_report(ledger, booked.id))))
    packages = r"\usepackage[T1]{fontenc}\usepackage{booktabs}"
    text = r"\begin{document}\input{plain}\input{odd}\end{document}"
    (tmp_path / "paper.tex").write_text(rf"\documentclass{{article}}{packages}{text}")
    command = ["pdflatex", "-interaction=nonstopmode", "paper.tex"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    said = found.stdout.decode(errors="replace")
    assert (found.returncode, re.findall(r"^!.*", said, re.MULTILINE)) == (0, [])
    assert "Overfull" not in said.split("(./odd.tex")[0]


def with_fronts(report: Report) -> Report:
    """As if it had two objectives."""
    values, searched = (
        {"validation_accuracy": 0.9, "device_seconds": 12.5},
        {"learning_rate": 1e-3, "noise_scale": 1e-7},
    )
    front = tuple(
        FrontTrial(trial=number, objectives=values, configuration=searched, among_all=number == 0)
        for number in range(MOST_ON_FRONTS)
    )
    arms = [arm.model_copy(update={"front": front, "spread": 0.01}) for arm in report.arms]
    return report.model_copy(update={"objectives": tuple(values), "arms": tuple(arms)})


def test_the_pareto_front_is_a_table_in_latex_that_says_what_it_leaves_out(sweep: BookedSweep) -> None:
    text = latex(with_fronts(build_report(sweep.ledger, sweep.id)))
    (table,) = [part for part in text.split(r"\begin{table}") if "-fronts}" in part]
    assert f"the first {MOST_ON_FRONTS} of {2 * MOST_ON_FRONTS} trials" in table
    assert r"bp & 0{*} & $0.9000$ & $12.50$ & " in table
    assert r"learning\_rate~$0.001$, noise\_scale~$1 \times 10^{-7}$" in table


@pytest.mark.parametrize("format", REPORT_FORMATS)
def test_a_sweep_under_way_and_one_without_a_trial_have_every_format(format: ReportFormat, tmp_path: Path) -> None:
    booked = BookedSweep(open_ledger(tmp_path))
    text = written(booked, format)
    assert text.endswith("\n")
    assert "running" in text or format == "csv"
    assert all(
        draw_figure(booked.ledger, build_report(booked.ledger, booked.id), name, "svg") is None for name in FIGURES
    )


def test_a_figure_that_is_drawn_again_is_the_same_and_says_no_date(sweep: BookedSweep) -> None:
    sweep.end(SweepState.CONFIRMING, SweepState.COMPLETED)
    report = build_report(sweep.ledger, sweep.id)
    first = drawn(measure(sweep.ledger, report), "landscape", "svg")
    again = drawn(measure(sweep.ledger, report), "landscape", "svg")
    assert first is not None
    assert first == again
    assert b"<dc:date>" not in first
    drawing = draw_figure(sweep.ledger, report, "arms", "png")
    assert drawing is not None
    assert drawing.startswith(b"\x89PNG")


def test_figures_show_what_was_measured(sweep: BookedSweep) -> None:
    sweep.trial(9, TrialState.PRUNED, 0.99, learning_rate=1e-3, noise_scale=1e-3, decorrelation_rate=1e-3)
    bp, danp = measure(sweep.ledger, build_report(sweep.ledger, sweep.id)).arms
    assert (bp.seeds, danp.seeds) == ((0.80, 0.81, 0.82), (0.90, 0.91, 0.92))
    assert bp.tried == (), "bp has no noise"
    assert [one.noise_scale for one in danp.tried] == [0.002, 0.004, 0.006, 0.008], (
        "a pruned trial has no value to compare"
    )
    assert danp.curve is not None
    assert (danp.curve.epochs, danp.curve.spreads) == ((1, 2, 3), (0.0, 0.0, 0.0))
    assert (danp.curve.n, danp.curve.of) == (3, 3)
    assert danp.curve.means[0] == pytest.approx(sweep.curve(1)[1]["validation_accuracy"])
