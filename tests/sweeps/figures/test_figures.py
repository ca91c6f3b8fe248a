"""What figures show, drawn from a real ledger, and that Plotly takes every one of them."""

import json
import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest

from sweeps.comparison import build_comparison
from sweeps.figures import draw_comparison
from sweeps.ledger import Ledger
from sweeps.ledger.records import TrialRecord
from sweeps.ledger.trials import Batch
from sweeps.report import build_report
from sweeps.report.thinning import POINTS
from sweeps.states import TrialState
from tests.sweeps.booked import BookedSweep
from tests.sweeps.figures.searched import EVENLY, METRICS, NAMES, drawn, numbers, searched


@pytest.mark.parametrize("trials", [0, 1, 2])
def test_every_figure_of_a_few_trials_is_drawn_or_says_what_is_missing(trials: int, ledger: Ledger) -> None:
    sweep = searched(ledger, trials, budget={"trials": 4})
    for name in NAMES:
        figure = drawn(sweep, name)
        told = figure.layout["meta"]
        assert bool(told["empty"]) == (figure.data == []), name
        assert told["summary"]
        if trials == 0:
            assert told["empty"].startswith("Nothing to draw yet: no ")
            assert told["empty"].endswith("The sweep is running.")


def test_every_figure_bears_trials_of_which_none_has_completed(ledger: Ledger) -> None:
    for state in (TrialState.DIVERGED, TrialState.PRUNED, TrialState.RUNNING):
        sweep = BookedSweep(ledger, team=state)
        for number in range(4):
            sweep.trial(number, state, 0.5 if state is TrialState.PRUNED else math.nan)
        for name in NAMES:
            figure = drawn(sweep, name)
            assert "best at" not in figure.layout["meta"]["summary"]
            assert bool(figure.layout["meta"]["empty"]) == (figure.data == []), name
        assert drawn(sweep, "timeline").data
        assert drawn(sweep, "pareto").data == []


@pytest.mark.parametrize("metric", METRICS)
def test_the_map_is_brightest_where_trials_were_best_and_marks_every_trial(metric: str, ledger: Ledger) -> None:
    sweep = searched(ledger, 180, metric)
    figure = drawn(sweep, "noise-decorrelation")
    (surface,) = [trace for trace in figure.data if trace["type"] == "contour"]
    assert surface["reversescale"] is not sweep.spec.maximise
    _, x, y = (max if sweep.spec.maximise else min)(
        (z, x, y)
        for y, row in zip(surface["y"], surface["z"], strict=True)
        for x, z in zip(surface["x"], row, strict=True)
        if z is not None
    )
    assert 3e-4 < x < 3e-3
    assert 3e-4 < y < 3e-3
    trials = [trial for trial in ledger.trials.page(sweep.id) if trial.arm > 0]
    for name, state in [("completed", "completed"), ("pruned", "pruned"), ("diverged or failed", "diverged")]:
        assert numbers(figure, name) == {trial.number for trial in trials if trial.state == state}
    assert figure.layout["meta"]["notes"][0] == "bp: neither noise_scale nor decorrelation_rate is searched."
    axes = [figure.layout[axis] for axis in ("xaxis2", "yaxis2")]
    assert [axis["title"]["text"] for axis in axes] == ["noise_scale", "decorrelation_rate"]
    assert {axis["type"] for axis in axes} == {"log"}


def test_an_arm_that_is_asked_for_is_drawn_alone(ledger: Ledger) -> None:
    figure = drawn(searched(ledger), "history", arms=[2])
    assert {trace["name"] for trace in figure.data} == {"danp"}


def test_arms_stand_beside_each_other_with_every_seed_and_the_reports_interval(ledger: Ledger) -> None:
    sweep = searched(ledger)
    report = build_report(ledger, sweep.id)
    best = [arm.best_trial for arm in report.arms]
    assert best[0] is not None
    assert best[2] is not None
    sweep.confirmed(best[0], [0.9, 0.92, 0.94])
    sweep.confirmed(best[2], [0.8, 0.86, None])
    figure = drawn(sweep, "arms")
    seeds = {trace["name"]: trace["y"] for trace in figure.data if len(trace["y"]) > 1}
    means = {trace["name"]: trace for trace in figure.data if "error_y" in trace}
    assert seeds == {"bp": [0.9, 0.92, 0.94], "danp": [0.8, 0.86]}
    test = build_report(ledger, sweep.id).arms[0].test
    assert test is not None
    assert test.high is not None
    assert means["bp"]["y"] == [test.mean]
    assert means["bp"]["error_y"]["array"] == [test.high - test.mean]
    assert any("danp: 1 seed of 3 without a value" in note for note in figure.layout["meta"]["notes"])


def test_curves_go_on_by_epoch_and_by_device_time(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0, epochs=3, seeds=(0, 1))
    by_epoch, by_seconds = drawn(sweep, "curves"), drawn(sweep, "curves-seconds")
    (bold,) = [trace for trace in by_epoch.data if trace.get("showlegend")]
    assert bold["x"] == [1, 2, 3]
    assert bold["y"] == pytest.approx([1 - math.exp(-epoch) for epoch in (1, 2, 3)], rel=1e-4)
    (bold,) = [trace for trace in by_seconds.data if trace.get("showlegend")]
    assert bold["x"] == pytest.approx([2 / 3, 4 / 3, 2.0], rel=1e-3), "two seconds a network"


def test_a_curve_ends_where_a_network_diverged(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    curve = sweep.curve

    def broken(epochs: int) -> Any:
        return [
            metrics | ({"validation_accuracy": None} if epoch == 3 else {})
            for epoch, metrics in enumerate(curve(epochs))
        ]

    sweep.curve = broken  # type: ignore[method-assign]
    sweep.trial(0, TrialState.DIVERGED, None)
    (behind,) = drawn(sweep, "curves").data
    assert [y is None for y in behind["y"]] == [False, False, True, True]


@pytest.mark.parametrize("metric", METRICS)
def test_the_best_so_far_only_gets_better(metric: str, ledger: Ledger) -> None:
    sweep = searched(ledger, metric=metric)
    lines = [trace["y"] for trace in drawn(sweep, "history").data if trace["mode"] == "lines"]
    assert [line[-1] for line in lines] == [arm.validation for arm in build_report(ledger, sweep.id).arms]
    assert all(line == sorted(line, reverse=not sweep.spec.maximise) for line in lines)
    assert any(len(set(line)) > 1 for line in lines)


def test_importance_finds_what_matters_and_says_how_sure_it_is(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger, compare=[{"rule": "anp"}], budget={"trials": 60})
    for number in range(60):
        space = sweep.spec.compare[0].space
        values: dict[str, Any] = {
            path: space[path].at(number * part % 1.0)
            for path, part in zip(("learning_rate", "noise_scale"), EVENLY, strict=False)
        }
        sweep.trial(number, value=0.9 - 0.1 * abs(math.log10(values["noise_scale"]) + 3), **values)
    (bars,) = drawn(sweep, "importance").data
    found = dict(zip(bars["y"], bars["x"], strict=True))
    assert found["noise_scale"] > 0.7 > found["learning_rate"]
    assert max(bars["error_x"]["array"]) > 0
    assert drawn(sweep, "importance").data == [bars], "the same trials give the same figure"


def test_the_front_holds_what_nothing_is_better_than(ledger: Ledger) -> None:
    sweep = BookedSweep(
        ledger,
        compare=[{"rule": "bp"}],
        budget={"trials": 4},
        search={"objectives": ["validation_accuracy", "device_seconds"]},
    )
    for number, (accuracy, seconds) in enumerate([(0.9, 5.0), (0.8, 2.0), (0.7, 3.0), (0.95, 9.0)]):
        sweep.trial(number, TrialState.RUNNING, None)
        sweep._book(Batch(trials={number: with_objectives(ledger, sweep, number, accuracy, seconds)}))
    figure = drawn(sweep, "pareto")
    assert numbers(figure, "bp", mode="lines+markers") == {0, 1, 3}
    assert numbers(figure, "bp", mode="markers") == {2}


def with_objectives(ledger: Ledger, sweep: BookedSweep, number: int, accuracy: float, seconds: float) -> TrialRecord:
    objectives = {"validation_accuracy": accuracy, "device_seconds": seconds}
    record = ledger.trials.get(sweep.id, number)
    return replace(record, state=TrialState.COMPLETED, value=accuracy, objectives=objectives, finished_at=2_000.0)


def test_rows_of_the_timeline_never_hold_two_trials_at_once(ledger: Ledger) -> None:
    sweep = searched(ledger)
    bars: list[tuple[int, float, float]] = []
    for trace in drawn(sweep, "timeline").data:
        for place in range(0, len(trace["x"]), 3):
            bars.append((trace["y"][place], trace["x"][place], trace["x"][place + 1]))
    assert len(bars) == 36
    ordered = sorted(bars)
    for (row, _, end), (next_row, start, _) in pairwise(ordered):
        assert row != next_row or start >= end


def test_the_timeline_shows_each_lane_with_the_networks_that_it_had(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0)
    sweep.trial(1, TrialState.RUNNING, value=None)
    sweep.trial(2)
    for trial, lane, since, until in [(0, 0, 1_000, 1_010), (1, 0, 1_002, 1_005), (1, 10_001, 1_006, 1_020)]:
        sweep.stint(trial, lane, since, until)
    figure = drawn(sweep, "timeline")
    assert figure.layout["yaxis"]["ticktext"] == ["lane-0", "lane-10001", "unknown"]
    rows = [row[:4] for row in figure.layout["meta"]["table"]["rows"]]
    assert rows == [["lane-0", 2, 2, "bp, danp"], ["lane-10001", 1, 1, "danp"], ["unknown", 1, 1, "bp"]]
    (bar,) = [trace for trace in figure.data if trace["name"] == "danp"]
    assert (bar["x"], bar["y"]) == ([2.0, 5.0, None, 6.0, 20.0, None], [1, 1, None, 3, 3, None])
    assert "earlier version" in "".join(figure.layout["meta"]["notes"])


def test_a_large_sweep_is_thinned_and_says_so(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger, compare=[{"rule": "anp"}], budget={"trials": 3_000})
    sweep.trial(0, learning_rate=1e-3, noise_scale=1e-3)
    first, space = ledger.trials.get(sweep.id, 0), sweep.spec.compare[0].space
    records = {}
    for number in range(1, 3_000):
        values = {path: space[path].at(number * 0.381966 % 1.0) for path in space}
        value = number / 3_000
        records[number] = replace(first, number=number, arm_number=number, configuration=values, value=value)
    sweep._book(Batch(trials=records))
    for name in NAMES:
        figure = drawn(sweep, name)
        points = sum(len(trace["x"]) for trace in figure.data if trace["type"] == "scatter")
        assert points <= 1.2 * POINTS, name
        notes = figure.layout["meta"]["notes"]
        assert name in ("arms", "importance") or any("are drawn" in note for note in notes), name


def test_what_people_wrote_is_shown_letter_by_letter(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger, compare=[{"rule": "bp", "name": "<a href='//evil'>x"}])
    for number in range(12):
        sweep.trial(number, value=number / 20, learning_rate=1e-3 * (number + 1))
    for name in NAMES:
        figure = drawn(sweep, name).model_dump()
        figure["layout"].pop("meta")
        assert "<a" not in json.dumps(figure)


def test_arms_of_several_sweeps_stand_in_one_figure(ledger: Ledger) -> None:
    first, second = BookedSweep(ledger), BookedSweep(ledger, team="others")
    for sweep, test in ((first, 0.9), (second, 0.8)):
        sweep.trial(0)
        sweep.confirmed(0, [test, test + 0.01])
    figure = draw_comparison(build_comparison([build_report(ledger, sweep.id) for sweep in (first, second)]))
    go.Figure(figure.model_dump(mode="json"))
    assert figure.layout["xaxis"]["ticktext"] == [f"{first.id}:bp", f"{second.id}:bp"]
    colours = {trace["marker"]["color"] for trace in figure.data}
    assert len(colours) == 1, "arms of one name share a colour"
