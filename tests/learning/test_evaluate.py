"""What a member measures is its own: company, chunks of samples and other people's settings change nothing."""

from __future__ import annotations

import pytest

from learning import ActivityNodePerturbation, Dense, Population
from tests.learning.populations import blobs, numbers_for, small_shape, trained

NOISY = small_shape(ActivityNodePerturbation(), system_noise=0.5, network=Dense(hidden=(1024,)))


def test_a_members_noisy_metrics_do_not_depend_on_its_neighbours() -> None:
    """A network so wide that the split takes several passes, and a population so large that it takes several groups."""
    data = blobs(3000)
    alone, company = (trained(NOISY, seeds, epochs=0, data=data) for seeds in ((7,), tuple(range(10))))
    measured = company.evaluate("test")
    assert measured[7] == pytest.approx(alone.evaluate("test")[7], rel=1e-5)
    assert len({metrics["test_noisy_loss"] for metrics in measured.values()}) == 10


def test_noisy_metrics_measure_the_systems_noise() -> None:
    """A linear network that outputs nothing but its noise: squared error of N(0, σ²) around a one-hot target."""
    shape = small_shape(
        ActivityNodePerturbation(), system_noise=0.5, network=Dense(hidden=()), loss="squared_error", batch_size=8
    )
    data = blobs(6000)
    population = Population(shape, data)
    population.add(0, numbers_for(shape), 0)
    measured = population.evaluate("test")[0]
    assert measured["test_noisy_loss"] - measured["test_loss"] == pytest.approx(3 * 0.5**2, rel=0.1)


def test_noise_is_drawn_anew_after_every_epoch() -> None:
    population = trained(NOISY, (1,), epochs=0)
    quiet = numbers_for(NOISY, learning_rate=1e-30)
    population.add("still", quiet, 2)
    before = population.evaluate("test")["still"]
    population.train_epoch()
    after = population.evaluate("test")["still"]
    assert after["test_loss"] == before["test_loss"]
    assert after["test_noisy_loss"] != before["test_noisy_loss"]
