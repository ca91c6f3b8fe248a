"""The landscape on paper: which arms and trials it shows, and that it says what it leaves out."""

import re
from pathlib import Path
from typing import Any

import pytest

from sweeps.report import build_report, draw_figure
from sweeps.report.drawing.kept import Kept
from sweeps.report.landscape import colour_range, value_range
from tests.sweeps.booked import BookedSweep, open_ledger


@pytest.fixture
def sweep(tmp_path: Path) -> BookedSweep:
    """An arm over each of neither, one, the other and both."""
    arms = [{"rule": rule, "decorrelation": decorrelated} for decorrelated in (False, True) for rule in ("bp", "anp")]
    return BookedSweep(open_ledger(tmp_path), compare=arms)


def landscape(sweep: BookedSweep) -> str:
    drawing = draw_figure(sweep.ledger, build_report(sweep.ledger, sweep.id), "landscape", "svg")
    assert drawing is not None
    return drawing.decode()


def texts(drawing: str) -> list[str]:
    """matplotlib draws letters as paths, and says beside them in a comment what they spell."""
    return re.findall(r"<!-- (.*?) -->", drawing)


def test_each_arm_is_drawn_over_what_it_searches(sweep: BookedSweep) -> None:
    for number in range(16):
        values: dict[str, Any] = {"learning_rate": 1e-3}
        values |= {"noise_scale": 1e-3 * (number + 1)} if number % 2 else {}
        values |= {"decorrelation_rate": 1e-3 * (number + 1)} if number % 4 > 1 else {}
        sweep.trial(number, value=0.5 + number / 100, **values)
    said = texts(landscape(sweep))
    assert [name for name in said if name in ("bp", "anp", "dbp", "danp")] == ["anp", "dbp", "danp"]
    assert said.count("noise scale") == 2
    assert said.count("decorrelation rate") == 2, "dbp along, danp up"
    assert "bp: searched over neither." in said


def test_a_last_row_that_is_not_full_is_drawn(tmp_path: Path) -> None:
    arms = 4
    compare = [{"rule": "anp", "name": f"arm-{place}"} for place in range(arms)]
    sweep = BookedSweep(open_ledger(tmp_path), compare=compare)
    for number in range(2 * arms):
        sweep.trial(number, value=0.5 + number / 100, noise_scale=1e-3 * (number + 1))
    names = [text for text in texts(landscape(sweep)) if text.startswith("arm-")]
    assert names == [f"arm-{place}" for place in range(arms)]


def test_trials_that_a_logarithmic_axis_cannot_show_are_counted(sweep: BookedSweep) -> None:
    for place, noise in enumerate((0.0, 0.001, 0.01)):
        sweep.trial(4 * place + 1, noise_scale=noise)
    assert any("anp: 1 trial without a positive value on the axes" in text for text in texts(landscape(sweep)))


def test_one_bad_loss_leaves_the_colours_and_the_heights_to_the_others() -> None:
    values = [0.3 + place / 100 for place in range(20)] + [1e6]
    assert colour_range(values, maximise=False) == pytest.approx((0.3, 0.48))
    assert value_range(values, maximise=False) == pytest.approx((0.3, 0.49))
    assert value_range([*values[:20], 2.0], maximise=False) == pytest.approx((0.3, 2.0)), "an untrained network's"
    assert value_range([0.1, *values[:20]], maximise=True) == pytest.approx((0.1, 0.49))


def test_drawings_are_kept_as_long_as_there_is_room() -> None:
    kept = Kept(most_bytes=10)
    kept.put(b"a", b"1234")
    kept.put(b"b", b"1234")
    assert kept.get(b"a") == b"1234"
    kept.put(b"c", b"1234")
    assert [kept.get(key) for key in (b"a", b"b", b"c")] == [b"1234", None, b"1234"]
    kept.put(b"d", b"1" * 11)
    assert [kept.get(key) for key in (b"a", b"c", b"d")] == [b"1234", b"1234", None]
