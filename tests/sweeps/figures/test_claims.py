"""What figures say in words is true."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sweeps.comparison import build_comparison
from sweeps.figures import FigureName, draw_comparison
from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.report import build_report, draw_figure
from sweeps.report.thinning import POINTS
from sweeps.spec import CONFIRMATION_SEEDS_FROM
from sweeps.states import TrialState
from tests.sweeps.booked import BookedSweep
from tests.sweeps.figures.searched import EVENLY, METRICS, drawn, searched, told


def tried(ledger: Ledger, trials: int, value: Callable[[], float]) -> BookedSweep:
    """One arm, each trial with the next value."""
    sweep = BookedSweep(ledger, compare=[{"rule": "anp"}], budget={"trials": trials})
    space = sweep.spec.compare[0].space
    for number in range(trials):
        places = zip(("learning_rate", "noise_scale"), EVENLY, strict=False)
        values: dict[str, Any] = {path: space[path].at(number * part % 1.0) for path, part in places}
        sweep.trial(number, value=value(), **values)
    return sweep


def confirmed(ledger: Ledger, *tests: list[float], metric: str = "accuracy", team: str = "a") -> BookedSweep:
    """An arm for each list of test values."""
    arms = [{"rule": "bp"}, {"rule": "np"}, {"rule": "anp"}]
    objectives = [f"validation_{metric}"]
    sweep = BookedSweep(ledger, team, compare=arms[: len(tests)], search={"objectives": objectives})
    for number, values in enumerate(tests):
        sweep.trial(number)
        sweep.confirmed(number, [*values], metric=metric)
    return sweep


def test_importance_is_silent_where_every_value_is_equal(ledger: Ledger) -> None:
    said = told(tried(ledger, 30, lambda: 0.5), "importance")
    assert said["empty"]
    assert "matters most" not in said["summary"]
    assert said["notes"] == ["anp: every trial has the same value, so nothing is said."]


def test_importance_names_no_winner_of_pure_noise(ledger: Ledger) -> None:
    chance = random.Random(3)
    said = told(tried(ledger, 30, chance.random), "importance")
    assert said["summary"] == "anp: which path matters most cannot be told, since the whiskers overlap."


@pytest.mark.parametrize(("metric", "better"), [("accuracy", 1.0), ("loss", -1.0)])
def test_best_is_said_as_far_as_the_seeds_support_it(metric: str, better: float, ledger: Ledger) -> None:
    far = [0.5 + better * value for value in (0.30, 0.31, 0.32)]
    near = [0.5 + better * value for value in (0.28, 0.31, 0.315)]
    low = [0.5 + better * value for value in (0.10, 0.11, 0.12)]
    said = told(confirmed(ledger, low, far, metric=metric), "arms")["summary"]
    assert said.startswith(f"np is best: {far[1]:.4f} ± 0.0100 on the test split.")
    sweep = confirmed(ledger, low, far, near, metric=metric, team="b")
    said = told(sweep, "arms")["summary"]
    assert said.startswith("np has the best mean: ")
    assert "the seeds do not tell it apart from anp." in said
    assert told(sweep, "arms", arms=[0])["summary"].startswith(f"bp: {low[1]:.4f} ± 0.0100 on the test split.")
    assert told(sweep, "arms", arms=[0, 2])["summary"].startswith("anp is best of the arms drawn: ")
    compared = draw_comparison(build_comparison([build_report(ledger, sweep.id)])).layout["meta"]["summary"]
    assert f"{sweep.id}:np has the best mean" in compared
    assert f"apart from {sweep.id}:anp." in compared


def test_no_arm_is_best_of_sweeps_that_trained_on_different_data(ledger: Ledger) -> None:
    sweeps = [BookedSweep(ledger, team=data, data=data) for data in ("digits", "fashion-mnist")]
    for sweep in sweeps:
        sweep.trial(0)
        sweep.confirmed(0, [0.8, 0.9])
    figure = draw_comparison(build_comparison([build_report(ledger, sweep.id) for sweep in sweeps]))
    assert figure.layout["meta"]["summary"] == "No arm is called best: these sweeps trained on different data."


def test_a_seed_that_was_never_finite_is_counted_and_said_by_page_and_paper(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger, compare=[{"rule": "bp"}])
    sweep.trial(0)
    members, epochs = {}, []
    for place in range(3):
        seed, lost = CONFIRMATION_SEEDS_FROM + place, place == 2
        state, metrics = (TrialState.DIVERGED, None) if lost else (TrialState.COMPLETED, {"test_accuracy": 0.9})
        record = MemberRecord(sweep.id, "confirmation", 0, seed, state, 2, metrics, 0, None, 2.0)  # type: ignore[arg-type]
        members["confirmation", 0, seed] = record
        epochs += [
            NewEpoch("confirmation", 0, seed, epoch, {"validation_accuracy": None if lost else 0.5 + 0.1 * epoch})
            for epoch in (1, 2)
        ]
    sweep._book(Batch(members=members, epochs=epochs))  # type: ignore[arg-type]
    figure = drawn(sweep, "curves")
    (bold,) = [trace for trace in figure.data if trace.get("showlegend")]
    assert bold["y"] == pytest.approx([0.6, 0.7])
    assert "bp: the mean of 2 of 3 seeds; the others diverged, or have not begun." in figure.layout["meta"]["notes"]
    paper = draw_figure(ledger, build_report(ledger, sweep.id), "curves", "svg")
    assert paper is not None
    assert b"<!-- 2 of 3 seeds -->" in paper


def test_curves_count_the_trials_behind_the_best(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger, compare=[{"rule": "bp"}, {"rule": "np"}, {"rule": "anp"}])
    for number in range(6):
        sweep.trial(number, value=0.5 + number / 10)
    assert not [note for note in told(sweep, "curves")["notes"] if "drawn behind" in note], "all others are drawn"


def test_marks_are_as_many_as_the_figure_says(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger, compare=[{"rule": "anp"}], budget={"trials": 4_000})
    sweep.trial(0, learning_rate=1e-3, noise_scale=1e-3)
    first, space = ledger.trials.get(sweep.id, 0), sweep.spec.compare[0].space
    states = [TrialState.DIVERGED, TrialState.COMPLETED, TrialState.PRUNED, TrialState.COMPLETED]
    records = {}
    for number in range(1, 4_000):
        values, state = {path: space[path].at(number * 0.38 % 1) for path in space}, states[number % 4]
        value = None if state is TrialState.DIVERGED else number / 4_000
        records[number] = replace(
            first, number=number, arm_number=number, configuration=values, value=value, state=state
        )
    sweep._book(Batch(trials=records))
    with_value: dict[FigureName, int] = {
        "slices": 3_001,
        "history": 3_001,
        "pareto": 2_001,
        "parallel": 2_001,
        "noise-decorrelation": 4_000,
    }
    for name, there in with_value.items():
        figure = drawn(sweep, name)
        marked = {one[0] for trace in figure.data for one in trace.get("customdata", []) if one}
        (said,) = [note for note in figure.layout["meta"]["notes"] if " are drawn, evenly spaced" in note]
        assert said.startswith(f"{len(marked):,} of {there:,} trials"), name
        assert len(marked) > POINTS / 5, name
        assert sum(len(trace.get("customdata", [])) for trace in figure.data) <= POINTS + 10, name


def test_parallel_coordinates_say_which_arms_they_leave_out(ledger: Ledger) -> None:
    arms = [{"rule": "bp", "name": f"arm-{place}"} for place in range(14)]
    sweep = BookedSweep(ledger, compare=arms)
    for number in range(13):
        sweep.trial(number)
    assert told(sweep, "parallel")["notes"][1:] == [
        "arm-13: no trial has completed.",
        "The first 12 of 13 arms are drawn; ask for others by name.",
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_the_front_is_a_step_of_what_had_been_reached(metric: str, ledger: Ledger) -> None:
    """Along what is minimised, a trial holds until the next; along what is maximised, until the one before."""
    sweep = BookedSweep(
        ledger, compare=[{"rule": "bp"}], search={"objectives": ["validation_loss", "validation_accuracy"]}
    )
    if metric == "validation_loss":
        sweep = BookedSweep(ledger, "b", compare=[{"rule": "bp"}], search={"objectives": list(METRICS)})
    for number, (loss, accuracy) in enumerate([(0.3, 0.8), (0.5, 0.9)]):
        sweep.trial(number, TrialState.RUNNING, None)
        objectives = {"validation_loss": loss, "validation_accuracy": accuracy}
        record = ledger.trials.get(sweep.id, number)
        ended = replace(record, state=TrialState.COMPLETED, value=objectives[sweep.spec.metric], objectives=objectives)
        sweep._book(Batch(trials={number: ended}))
    (front,) = drawn(sweep, "pareto").data
    assert front["line"]["shape"] == {"validation_loss": "hv", "validation_accuracy": "vh"}[metric]


def test_arms_that_begin_alike_are_switched_and_called_each_by_itself(ledger: Ledger) -> None:
    names = ["backpropagation with momentum A", "backpropagation with momentum B"]
    sweep = BookedSweep(ledger, compare=[{"rule": "bp", "name": name} for name in names])
    for number in range(24):
        sweep.trial(number, value=0.5 + number / 100 + math.sin(number) / 10, learning_rate=1e-3 * (number + 1))
    for name in ("slices", "history", "importance"):
        traces = drawn(sweep, name).data
        assert len({trace["name"] for trace in traces}) == len({trace["legendgroup"] for trace in traces}) == 2
    assert told(searched(ledger, team="b"), "history")["table"]["rows"][0][0] == "bp"
