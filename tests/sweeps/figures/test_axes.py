"""An axis can be read, whatever range or list of values is searched."""

from typing import Any

import pytest

from sweeps.figures import FigureName
from sweeps.figures.axes import along
from sweeps.ledger import Ledger
from sweeps.space import Float, Int
from tests.sweeps.booked import BookedSweep
from tests.sweeps.figures.searched import drawn


@pytest.mark.parametrize(
    ("dimension", "labels"),
    [
        (Float(low=0.002, high=0.008, log=True), ["0.002", "0.003", "0.004", "0.006", "0.008"]),
        (Int(low=32, high=256, log=True), ["50", "100", "200"]),
        (Float(low=2e-5, high=1.5e-3, log=True), ["2e-5", "5e-5", "0.0001", "0.0002", "0.0005", "0.001"]),
        (Float(low=0.95, high=0.99, log=True), ["0.95", "0.96", "0.97", "0.98", "0.99"]),
    ],
)
def test_a_narrow_logarithmic_axis_has_labelled_ticks(dimension: Float | Int, labels: list[str]) -> None:
    axis = along("noise_scale", dimension)
    assert axis["ticktext"] == labels
    assert all(dimension.low <= tick <= dimension.high for tick in axis["tickvals"])


def test_a_wide_logarithmic_axis_has_a_tick_at_every_power() -> None:
    assert along("noise_scale", Float(low=1e-5, high=1e-2, log=True))["dtick"] == 1


@pytest.mark.parametrize("decorrelation", [False, True])
def test_a_noise_scale_that_is_a_choice_is_drawn_over_its_values(decorrelation: bool, ledger: Ledger) -> None:
    noise = {"kind": "choice", "values": [0.001, 0.01]}
    arm = {"rule": "anp", "decorrelation": decorrelation, "space": {"noise_scale": noise}}
    sweep = BookedSweep(ledger, compare=[arm], budget={"trials": 6})
    for number in range(6):
        values: dict[str, Any] = {"learning_rate": 1e-3, "noise_scale": 0.001 if number % 2 else 0.01}
        values |= {"decorrelation_rate": 1e-3 + number * 1e-4} if decorrelation else {}
        sweep.trial(number, value=0.5 + number / 10, **values)
    figure = drawn(sweep, "noise-decorrelation")
    assert figure.layout["xaxis"]["categoryarray"] == ["0.001", "0.01"]
    (completed,) = [trace for trace in figure.data if trace.get("name") == "completed"]
    assert completed["x"] == ["0.01", "0.001"] * 3
    assert "Where one of the two is a choice, nothing is told between the trials." in figure.layout["meta"]["notes"]
    assert "anp is best at noise_scale 0.001" in figure.layout["meta"]["summary"]


@pytest.mark.parametrize("name", ["slices", "history", "pareto", "noise-decorrelation", "parallel"])
def test_one_loss_out_of_all_proportion_is_named_and_leaves_the_axis_to_the_others(
    name: FigureName, ledger: Ledger
) -> None:
    sweep = BookedSweep(ledger, compare=[{"rule": "np"}], search={"objectives": ["validation_loss"]})
    for number in range(20):
        sweep.trial(number, value=0.3 + number / 100 if number else 1e6, learning_rate=1e-3, noise_scale=1e-3)
    figure = drawn(sweep, name)
    assert any(note.startswith("1 value far worse than the others is ") for note in figure.layout["meta"]["notes"])
    axis = figure.layout["yaxis"]
    assert axis["range"][0] < 0.31
    assert axis["range"][1] < 1.1
