"""The report says what was booked: no more, no less, and where it is not sure, so."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
import yaml

from sweeps.report import FORMATS, Format, Report, build_report, render
from sweeps.report.again import commands
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from tests.sweeps.booked import BookedSweep, open_ledger

BEST_BP, BEST_DANP = 2, 5


@pytest.fixture
def sweep(tmp_path: Path) -> BookedSweep:
    """Two arms of four trials: bp's best is 2, danp's best is 5, both confirmed."""
    booked = BookedSweep(open_ledger(tmp_path))
    for number, value in {0: 0.7, 2: 0.9, 4: 0.9, 6: 0.8}.items():
        booked.trial(number, value=value, learning_rate=number / 100)
    booked.trial(1, TrialState.DIVERGED, None, epochs=1)
    booked.trial(3, TrialState.PRUNED, 0.99, epochs=2)
    booked.trial(5, value=0.6, learning_rate=0.0123456, noise_scale=1e-3, decorrelation_rate=2e-5)
    booked.trial(7, TrialState.FAILED, None, epochs=0)
    booked.confirmed(BEST_BP, [0.8, 0.9, 1.0])
    booked.confirmed(BEST_DANP, [0.85, None, 0.95], [0.7, 0.9, 0.8])
    return booked


def test_every_figure_of_a_row_is_counted_from_what_was_booked(sweep: BookedSweep) -> None:
    bp, danp = build_report(sweep.ledger, sweep.id).arms
    assert (bp.label, bp.rule, bp.decorrelation) == ("bp", "bp", False)
    assert (danp.label, danp.rule, danp.decorrelation) == ("danp", "anp", True)
    assert bp.trials == {TrialState.COMPLETED: 4}
    assert danp.trials == {
        TrialState.COMPLETED: 1,
        TrialState.PRUNED: 1,
        TrialState.DIVERGED: 1,
        TrialState.FAILED: 1,
    }
    assert (bp.best_trial, bp.validation) == (BEST_BP, 0.9)  # a tie with 4, which is later
    assert (danp.best_trial, danp.validation) == (BEST_DANP, 0.6)  # not 3, which was pruned
    assert danp.best_configuration == {"learning_rate": 0.0123456, "noise_scale": 1e-3, "decorrelation_rate": 2e-5}
    assert (bp.networks_trained, bp.epochs_trained, bp.device_seconds) == (4 + 3, 4 * 3 + 3 * 3, 14.0)
    assert (danp.networks_trained, danp.epochs_trained) == (3 + 3, 1 + 2 + 3 + 3 * 3)  # 7 never trained


def test_the_test_figure_is_the_mean_over_the_seeds_that_gave_one(sweep: BookedSweep) -> None:
    bp, danp = build_report(sweep.ledger, sweep.id).arms
    assert bp.test is not None
    assert danp.test is not None
    assert (bp.test.n, danp.test.n) == (3, 2)
    assert (bp.test.mean, bp.test.std) == pytest.approx((0.9, 0.1))
    assert danp.test.mean == pytest.approx(0.9)
    assert danp.test.low == pytest.approx(0.2647, abs=1e-4)
    assert danp.test.high == 1.0, "no accuracy is above 1"
    assert [seed.test for seed in danp.seeds] == [0.85, None, 0.95]
    assert [seed.state for seed in danp.seeds] == [TrialState.COMPLETED, TrialState.DIVERGED, TrialState.COMPLETED]


def test_a_difference_that_the_seeds_do_not_support_is_marked(sweep: BookedSweep) -> None:
    report = build_report(sweep.ledger, sweep.id)
    assert [pair.comparison.supported for pair in report.differences] == [False]
    assert "do not support a difference between bp and danp" in render(report, "table")
    assert "≈" in render(report, "md")


def test_a_clear_difference_is_not_marked(tmp_path: Path) -> None:
    booked = BookedSweep(open_ledger(tmp_path))
    booked.trial(0)
    booked.trial(1)
    booked.confirmed(0, [0.950, 0.951, 0.952])
    booked.confirmed(1, [0.850, 0.851, 0.852])
    report = build_report(booked.ledger, booked.id)
    assert [(pair.first, pair.second, pair.comparison.supported) for pair in report.differences] == [
        ("bp", "danp", True)
    ]
    assert "≈" not in render(report, "table")


def test_one_seed_marks_no_arm_and_says_that_it_tells_nothing_apart(tmp_path: Path) -> None:
    booked = BookedSweep(open_ledger(tmp_path), confirmation={"seeds": 1})
    booked.trial(0)
    booked.trial(1)
    booked.confirmed(0, [0.9])
    booked.confirmed(1, [0.5])
    text = render(build_report(booked.ledger, booked.id), "table")
    assert "≈" not in text
    assert "one seed tells no arms apart" in text


def test_less_is_better_where_the_metric_is_a_loss(tmp_path: Path) -> None:
    training = {"epochs": 3, "batch_size": 50, "loss": "squared_error"}
    booked = BookedSweep(open_ledger(tmp_path), data="sarcos", training=training)
    booked.trial(0, value=0.3)
    booked.trial(2, value=0.2)
    booked.trial(1, value=0.1)
    booked.confirmed(2, [0.25, 0.26, 0.27], metric="loss")
    booked.confirmed(1, [0.15, 0.16, 0.17], metric="loss")
    report = build_report(booked.ledger, booked.id)
    assert (report.metric, report.test_metric, report.maximise) == ("validation_loss", "test_loss", False)
    assert report.arms[0].best_trial == 2
    assert "0.1600 ± 0.0100 (3)*" in render(report, "table")


def test_an_arm_that_only_diverged_has_a_row_and_no_figures(tmp_path: Path) -> None:
    booked = BookedSweep(open_ledger(tmp_path))
    booked.trial(0)
    booked.trial(1, TrialState.DIVERGED, None, epochs=1)
    booked.trial(3, TrialState.DIVERGED, None, epochs=1)
    booked.end()
    report = build_report(booked.ledger, booked.id)
    danp = report.arms[1]
    assert (danp.best_trial, danp.best_configuration, danp.validation, danp.test) == (None, None, None, None)
    assert danp.seeds == ()
    assert "danp: no trial completed, 2 diverged." in render(report, "table")


@pytest.mark.parametrize("format", FORMATS)
def test_a_sweep_without_a_trial_has_a_report_in_every_format(tmp_path: Path, format: Format) -> None:
    booked = BookedSweep(open_ledger(tmp_path))
    report = build_report(booked.ledger, booked.id)
    assert [arm.trials for arm in report.arms] == [{}, {}]
    assert render(report, format).endswith("\n")


def test_an_unfinished_sweep_says_so(sweep: BookedSweep) -> None:
    report = build_report(sweep.ledger, sweep.id)
    assert not report.finished
    assert "running: the table is provisional" in render(report, "table")
    assert build_report(sweep.ledger, sweep.id, SweepState.COMPLETED).finished
    sweep.end()
    finished = build_report(sweep.ledger, sweep.id)
    assert finished.finished
    assert "provisional" not in render(finished, "table")


def test_a_failed_sweep_says_why(sweep: BookedSweep) -> None:
    sweep.ledger.sweeps.move(sweep.id, SweepState.FAILED, "the disk is full")
    text = render(build_report(sweep.ledger, sweep.id), "table")
    assert "The sweep is failed (the disk is full)" in text


def test_the_report_reads_back_from_its_json(sweep: BookedSweep) -> None:
    report = build_report(sweep.ledger, sweep.id)
    assert Report.model_validate_json(render(report, "json")) == report
    assert Report.model_validate(report.model_dump(mode="json")) == report


def test_the_specification_in_it_runs_the_sweep_again(sweep: BookedSweep) -> None:
    report = build_report(sweep.ledger, sweep.id)
    assert SweepSpec.model_validate(report.specification) == sweep.spec
    listed = render(report, "md").split("```yaml\n")[1].split("```")[0]
    assert SweepSpec.model_validate(yaml.safe_load(listed)) == sweep.spec


def test_no_note_ends_the_specification_in_markdown(tmp_path: Path) -> None:
    notes = "before\n```\n````md\n# after"
    booked = BookedSweep(open_ledger(tmp_path), notes=notes)
    fence, listed = re.findall(
        r"^(`+)yaml\n(.*?)\n\1$", render(build_report(booked.ledger, booked.id), "md"), re.M | re.S
    )[0]
    assert (fence, yaml.safe_load(listed)["notes"]) == ("`````", notes)


def test_changed_sources_are_not_said_to_be_those_of_their_commit(sweep: BookedSweep) -> None:
    report = build_report(sweep.ledger, sweep.id)
    clean, dirty = (
        report.model_copy(update={"provenance": report.provenance.model_copy(update={"commit": commit})})
        for commit in ("abc123", "abc123-dirty")
    )
    assert commands(clean) == ["git checkout abc123", "npsweep submit quickstart.yaml --watch"]
    assert commands(dirty)[0].startswith("# The sources had changes that no commit holds")
    assert commands(dirty)[1:] == commands(clean)


def test_it_says_with_what_it_was_made(sweep: BookedSweep) -> None:
    made = build_report(sweep.ledger, sweep.id).provenance
    assert made.python.startswith("3.")
    assert {"npsweep", "torch", "ray", "optuna"} <= made.packages.keys()


def test_csv_has_a_row_an_arm_with_whole_figures(sweep: BookedSweep) -> None:
    report = build_report(sweep.ledger, sweep.id)
    rows = list(csv.DictReader(io.StringIO(render(report, "csv"))))
    assert [row["arm"] for row in rows] == ["bp", "danp"]
    assert float(rows[1]["configuration.learning_rate"]) == 0.0123456
    assert rows[1]["test_accuracy.seed-1000001"] == ""
    assert report.arms[0].test is not None
    assert float(rows[0]["test_accuracy_high"]) == report.arms[0].test.high


def test_odd_names_break_no_format(tmp_path: Path) -> None:
    odd = 'a|b, "σ" <i>\n\x1b[x](y)'
    booked = BookedSweep(open_ledger(tmp_path), compare=[{"rule": "bp", "name": odd}])
    booked.trial(0)
    report = build_report(booked.ledger, booked.id)
    table = [line for line in render(report, "md").splitlines() if line.startswith("|")]
    assert len(table) == 3
    assert {line.replace("\\|", "").count("|") for line in table} == {table[0].count("|")}
    assert next(csv.DictReader(io.StringIO(render(report, "csv"))))["arm"] == odd
    assert json.loads(render(report, "json"))["arms"][0]["label"] == odd
    assert len(render(report, "table").split("─\n")[1].split("\n\n")[0].splitlines()) == 1


def test_the_table_fits_a_terminal_of_120_columns(sweep: BookedSweep) -> None:
    assert max(len(line) for line in render(build_report(sweep.ledger, sweep.id), "table").splitlines()) <= 120
