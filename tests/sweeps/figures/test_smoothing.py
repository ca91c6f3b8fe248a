"""The mean between the trials."""

import numpy as np

from sweeps.figures.smoothing import kernel_mean


def test_it_stays_within_what_was_measured_and_says_nothing_where_no_trial_is_near() -> None:
    chance = np.random.default_rng(0)
    points, values = 0.3 * chance.uniform(size=(200, 2)), chance.uniform(size=200)
    found = kernel_mean(points, values, chance.uniform(size=(500, 2)))
    assert np.isnan(found[:]).any()
    known = found[~np.isnan(found)]
    assert values.min() <= known.min() <= known.max() <= values.max()
    assert np.isnan(kernel_mean(points, values, np.array([[1.0, 1.0]]))).all()


def test_it_follows_a_plane_inside_of_it() -> None:
    steps = np.linspace(0.0, 1.0, 40)
    points = np.array([(x, y) for x in steps for y in steps])
    middle = np.array([[0.5, 0.5], [0.4, 0.6]])
    found = kernel_mean(points, points @ np.array([1.0, 2.0]), middle)
    np.testing.assert_allclose(found, [1.5, 1.6], atol=0.02)
