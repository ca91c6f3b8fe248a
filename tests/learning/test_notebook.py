"""The README's notebook example runs as it stands, and the package's docstring shows the same lines."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import torch

import learning

README = Path(__file__).parents[2] / "README.md"


def example(mark: str = ".train(") -> str:
    """The README's one Python block with this in it: by default the one that trains."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (found,) = [block for block in blocks if mark in block]
    return str(found)


@pytest.mark.timeout(60)
def test_the_readmes_ten_lines_train_sixteen_networks_and_plot_accuracy_against_sigma(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)  # as in the other tests: two threads wait for each other on a busy machine
    assert sum(bool(line.strip()) for line in example().splitlines()) == 10
    names: dict[str, Any] = {}
    exec(compile(example(), str(README), "exec"), names)  # as a notebook's cell would
    (line,) = names["pyplot"].gca().lines
    names["pyplot"].close()
    noise_scales, accuracies = line.get_data()
    assert len(noise_scales) == 16
    assert noise_scales.max() == pytest.approx(1e6 * noise_scales.min())
    assert (accuracies[:12] > 0.9).all(), "sigma up to 0.025; chance is 0.1"
    exec(compile(example(".restore("), str(README), "exec"), names)
    resumed, saved = names["another"].state("resumed"), names["population"].state(names["sigma"])
    assert resumed.record == saved.record
    assert all(torch.equal(resumed.tensors[name], saved.tensors[name]) for name in saved.tensors)


def test_the_packages_docstring_shows_the_readmes_example() -> None:
    assert textwrap.indent(example(), "    ") in (learning.__doc__ or "")
